import { cast, cos, mul, reshape, sin, type Tensor, tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { RotaryStyle } from '../contracts/rotary/call.ts';
import { rotaryContract } from '../contracts/rotary/contract.ts';
import {
  ConfigError,
  isFloat,
  isList,
  requireCountOfNumbers,
  requireInteger,
  requireIntegers,
  requireKnown,
  ShapeError,
  show,
} from '../error/index.ts';
import type { Complete } from '../op/complete.ts';
import { dims, requireFilled } from '../tensor/dims.ts';
import { checkDtype } from '../tensor/features.ts';

export interface RotaryOptions {
  readonly style: RotaryStyle;
  /** Pair i turns by position · base^(−2i / rotaryDim) radians; 10,000 by default. */
  readonly base?: number | undefined;
  /** How many of the features turn, from the first; the others pass through. All of them by default. */
  readonly rotaryDim?: number | undefined;
}

/** Where the tokens stand: one list for all batch rows or one each, on the host, or an int32 tensor [n] or [b, n]. */
export type RotaryPositions = readonly number[] | Int32Array | readonly (readonly number[] | Int32Array)[] | Tensor;

/** The rotation of each position, ready to be applied to any number of tensors; belongs to the caller. */
export interface RotaryTables {
  readonly style: RotaryStyle;
  readonly rotaryDim: number;
  /** [n, d] or [b, 1, n, d]; 1 for features that pass through. */
  readonly cosines: Tensor;
  /** The same shape; 0 for features that pass through. */
  readonly sines: Tensor;
}

/**
 * Makes the cosines and sines of rotary positions, for `applyRotary`: once for all layers, queries and keys of a step.
 * @shape positions [n] or [b, n] -> cosines, sines [n, features] or [b, 1, n, features]
 * @param positions host positions give angles computed in float64; those of a tensor are float32 on the device, whose error
 * grows with the position: about 6e-8 · position radians in the fastest pair
 * @param features headDim of the tensors to be turned
 * @throws ConfigError when rotaryDim is odd or beyond features; ShapeError when positions are not [n] or [b, n]
 * @cost O(b · n · rotaryDim) time, on the host for host positions
 * @source Su et al. 2021, RoFormer (arXiv 2104.09864) §3.4.2
 * @example
 * const tables = rotaryTables([0, 1], 4, { style: 'half', rotaryDim: 2 });
 * await tables.sines.array(); // => [[0, 0, 0, 0], [0.841470985, 0.841470985, 0, 0]]
 */
export function rotaryTables(positions: RotaryPositions, features: number, options: RotaryOptions): RotaryTables {
  requireInteger('rotaryTables', { features }, 1);
  return makeTables('rotaryTables', positions, features, options);
}

/**
 * Turns the features of each token by its position, so that the product of a query and a key depends on their distance only.
 * @shape x [b, h, n, d]
 * @returns [b, h, n, d]
 * @throws ShapeError when x does not fit the tables
 * @cost O(b · h · n · d) time
 * @source Su et al. 2021, RoFormer (arXiv 2104.09864) §3.4.2
 * @example
 * await applyRotary(ones([1, 1, 1, 2]), rotaryTables([0], 2, { style: 'half' })).data(); // => [1, 1]
 */
export function applyRotary(x: Tensor, tables: RotaryTables): Tensor {
  requireKnown('applyRotary', tables, { style: true, rotaryDim: true, cosines: 'tensor', sines: 'tensor' });
  const { style, rotaryDim, cosines, sines } = tables;
  checkDtype('applyRotary', 'cosines', cosines, 'float32');
  checkDtype('applyRotary', 'x', x, 'float32');
  const spec = cosines.rank === 2 ? 'n d' : 'b 1 n d';
  const { b, h, n, d } = dims('applyRotary', { cosines: [cosines, spec], sines: [sines, `${spec}:float32`], x: [x, 'b h n d'] });
  requireFilled('applyRotary', { b, h, n, d });
  checkOptions('applyRotary', x.shape[3] as number, { style, base: 1, rotaryDim });
  return rotaryContract.run([x, cosines, sines], { style, rotaryDim })[0];
}

/**
 * Turns the features of each token by its position. To turn several tensors, make the tables once with `rotaryTables`.
 * @shape x [b, h, n, d]; positions [n] or [b, n]
 * @param positions on the host, or an int32 tensor (then the angles are float32: see `rotaryTables`)
 * @returns [b, h, n, d]
 * @throws ShapeError when positions do not fit x; ConfigError when rotaryDim is odd or beyond d
 * @cost that of `rotaryTables` and of `applyRotary`
 * @source Su et al. 2021, RoFormer (arXiv 2104.09864) §3.4.2
 * @example
 * await rotary(tensor4d([1, 0], [1, 1, 1, 2]), [1], { style: 'half' }).data(); // => [0.540302306, 0.841470985]
 */
export function rotary(x: Tensor, positions: RotaryPositions, options: RotaryOptions): Tensor {
  const { b, h, n, d } = dims('rotary', { x: [x, 'b h n d'] });
  requireFilled('rotary', { b, h, n, d });
  checkDtype('rotary', 'x', x, 'float32');
  const shape = shapeOf('rotary', positions);
  const fits = shape.at(-1) === n && (shape.length === 1 || shape[0] === b);
  if (!fits) {
    throw new ShapeError({
      caller: 'rotary',
      problem: 'positions must have one number for each token.',
      expected: `[n=${n}] or [b=${b}, n=${n}]  (set by x)`,
      got: `[${shape.join(', ')}]`,
      remedy: 'give each token of x one position.',
    });
  }
  return tidy(() => {
    const { style, rotaryDim, cosines, sines } = makeTables('rotary', positions, d, options);
    return rotaryContract.run([x, cosines, sines], { style, rotaryDim })[0];
  });
}

function makeTables(caller: string, positions: RotaryPositions, features: number, options: RotaryOptions): RotaryTables {
  const { style, base, rotaryDim } = requireRotary(caller, features, options);
  const shape = shapeOf(caller, positions);
  requireCountOfNumbers(caller, [...shape, features]);
  const tableShape = shape.length === 1 ? [...shape, features] : [shape[0] as number, 1, shape[1] as number, features];
  // The frequency of each feature's pair; 0 where it passes through, whose cosine is 1 and whose sine is 0.
  const frequencies = Array.from({ length: features }, (_, feature) => {
    const pair = style === 'half' ? feature % (rotaryDim / 2) : feature >> 1;
    return feature < rotaryDim ? base ** ((-2 * pair) / rotaryDim) : 0;
  });
  if (isTensor(positions)) {
    checkDtype(caller, 'positions', positions, 'int32');
    const [cosines, sines] = tidy((): [Tensor, Tensor] => {
      const angles = mul(reshape(cast(positions, 'float32'), [...tableShape.slice(0, -1), 1]), tensor1d(frequencies));
      return [cos(angles), sin(angles)];
    });
    return { style, rotaryDim, cosines, sines };
  }
  const rows = rowsOf(positions).flatMap((row) => Array.from(row));
  const cosines = new Float32Array(rows.length * features).fill(1);
  const sines = new Float32Array(rows.length * features);
  rows.forEach((position, row) => {
    for (let pair = 0; pair < rotaryDim / 2; pair++) {
      const [first, second] = pairAt(pair, style, rotaryDim);
      const angle = position * (frequencies[first] as number);
      const [x, y] = [row * features + first, row * features + second];
      cosines[x] = cosines[y] = Math.cos(angle);
      sines[x] = sines[y] = Math.sin(angle);
    }
  });
  return { style, rotaryDim, cosines: tensor(cosines, tableShape), sines: tensor(sines, tableShape) };
}

/** The two features of a pair. */
const pairAt = (pair: number, style: RotaryStyle, rotaryDim: number): readonly [number, number] =>
  style === 'half' ? [pair, pair + rotaryDim / 2] : [2 * pair, 2 * pair + 1];

const isTensor = (positions: RotaryPositions): positions is Tensor =>
  typeof positions === 'object' && positions !== null && 'dataId' in positions;

/** One list for all batch rows, or one for each. */
function rowsOf(positions: Exclude<RotaryPositions, Tensor>): readonly ArrayLike<number>[] {
  if (!isList(positions)) return [];
  return isList(positions[0]) ? (positions as readonly ArrayLike<number>[]) : [positions as ArrayLike<number>];
}

/** [n] or [b, n] */
function shapeOf(caller: string, positions: RotaryPositions): readonly number[] {
  const rows = isTensor(positions) ? [] : rowsOf(positions);
  const length = rows[0]?.length ?? 0;
  const shape = isTensor(positions) ? positions.shape : rows[0] === positions ? [length] : [rows.length, length];
  if ((shape.length === 1 || shape.length === 2) && !shape.includes(0) && rows.every((row) => isList(row) && row.length === length)) {
    for (const row of rows) requireIntegers(caller, 'positions', row);
    return shape;
  }
  throw new ShapeError({
    caller,
    problem: 'positions must be one list, or one of the same length for each batch row.',
    expected: '[n] or [b, n], none of them 0',
    got: isTensor(positions) ? `[${shape.join(', ')}]` : show(positions),
    remedy: 'give each token one integer.',
  });
}

/** Throws, in the caller's name, where queries and keys of so many features could not be turned so; makes no tensor. */
export function requireRotary(caller: string, features: number, options: RotaryOptions): Complete<RotaryOptions> {
  requireKnown(caller, options, { style: true, base: true, rotaryDim: true });
  const { style, base = 10_000, rotaryDim = features } = options;
  checkOptions(caller, features, { style, base, rotaryDim });
  return { style, base, rotaryDim };
}

function checkOptions(caller: string, features: number, { style, base, rotaryDim }: Complete<RotaryOptions>): void {
  if (style !== 'half' && style !== 'interleaved') {
    throw new ConfigError({
      caller,
      problem: "style must be 'half' or 'interleaved'.",
      expected: "'half' or 'interleaved'",
      got: show(style),
      remedy: "use 'half' for Llama and GPT-NeoX, 'interleaved' for RoFormer and GPT-J.",
    });
  }
  if (!(isFloat(base) && base > 0)) {
    throw new ConfigError({
      caller,
      problem: 'base must be positive and finite.',
      expected: 'a number above 0',
      got: show(base),
      remedy: 'use the rope_theta of the model, or 10000.',
    });
  }
  if (!(Number.isInteger(rotaryDim) && rotaryDim >= 2 && rotaryDim % 2 === 0 && rotaryDim <= features)) {
    throw new ConfigError({
      caller,
      problem: 'rotaryDim must be even and at most headDim.',
      expected: `an even number of 2 … ${features} (the features of x)`,
      got: show(rotaryDim),
      remedy:
        features % 2 === 0 ? `use ${features}, or less.` : `give an even rotaryDim; with ${features} features one at least passes through.`,
    });
  }
}
