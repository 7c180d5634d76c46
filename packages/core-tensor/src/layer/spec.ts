import { fill, ones, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import {
  ConfigError,
  isStamped,
  type OptionKind,
  requireInteger,
  requireIntegers,
  requireKind,
  requireKnown,
  show,
  stamped,
} from '../error/index.ts';
import type { Key } from '../key/index.ts';
import { randomNormal } from '../key/index.ts';
import { normal, uniform } from '../tensor/random.ts';
import type { Parameters } from './parameters.ts';

/** How a parameter's first numbers are drawn. */
export type Draw =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'constant'; readonly value: number }
  /** Within ±bound. */
  | { readonly kind: 'uniform'; readonly bound: number }
  /** Within ±1/√(the last axis), what goes into one output: a dense weight in PyTorch's layout. */
  | { readonly kind: 'fanIn' }
  /** With mean 0; `zeroRow`, of a table, is the row that starts as zeros (that of padding). */
  | { readonly kind: 'normal'; readonly standardDeviation: number; readonly zeroRow?: number | undefined };

/** What each kind has, besides its kind. */
const drawKinds: Readonly<Record<Draw['kind'], Readonly<Record<string, true | OptionKind>>>> = {
  zeros: {},
  ones: {},
  constant: { value: 'finite' },
  uniform: { bound: 'positive' },
  fanIn: {},
  normal: { standardDeviation: 'amount', zeroRow: true },
};

/** One parameter of a layer, as data. */
export interface ParameterSpec {
  readonly shape: readonly number[];
  readonly draw: Draw;
  /** Whether an optimiser's weight decay acts on it: it does on matrices and tables, not on biases and norms. */
  readonly decay: boolean;
  /** Whether it may be packed (`packParameters`): the weight [out, in] of a linear map, which the layer reads by `weightOf`. */
  readonly packable?: boolean | undefined;
}

/** All parameters of a layer, by dotted name. */
export type Spec = Readonly<Record<string, ParameterSpec>>;

export const zerosDraw: Draw = { kind: 'zeros' };
export const onesDraw: Draw = { kind: 'ones' };

/**
 * How Hugging Face draws the weights of transformers (`initializer_range`): normal with deviation 0.02. Layers that have their
 * parameters' names from there start as they do there; all others start as PyTorch's.
 */
export const transformerDraw: Draw = { kind: 'normal', standardDeviation: 0.02 };

/** How PyTorch draws the weight of a linear layer, whatever its size; as with every draw that is given, biases start as zeros. */
export const fanInDraw: Draw = { kind: 'fanIn' };

/** A weight or a table: weight decay acts on it. */
export const weightSpec = (shape: readonly number[], draw: Draw): ParameterSpec => ({ shape, draw, decay: true });

/** The weight [out, in] of a linear map, which may be packed. */
export const linearWeightSpec = (shape: readonly [out: number, width: number], draw: Draw): ParameterSpec => ({
  ...weightSpec(shape, draw),
  packable: true,
});

/** A bias, or the scale of a norm: weight decay leaves it alone. */
export const biasSpec = (shape: readonly number[], draw: Draw = zerosDraw): ParameterSpec => ({ shape, draw, decay: false });

/** The same parameters under longer names. */
export const specBelow = (prefix: string, spec: Spec): Spec =>
  Object.fromEntries(Object.entries(spec).map(([name, each]) => [`${prefix}.${name}`, each]));

/** The same that nobody changes any more; the author's own record stays as it is. */
export const stampedSpec = (spec: Spec): Spec =>
  isStamped(spec)
    ? spec
    : stamped(
        Object.fromEntries(
          Object.entries(spec).map(([name, each]) => [
            name,
            isStamped(each) ? each : stamped({ ...each, shape: [...each.shape], draw: stamped({ ...each.draw }) }),
          ]),
        ),
      );

/** Throws where a parameter would be drawn in a way that there is not: it would be undefined. */
export function requireDraws(caller: string, spec: Spec): void {
  for (const [name, each] of Object.entries(spec)) {
    requireKnown(caller, each, { shape: true, draw: true, decay: 'flag', packable: 'flag' });
    requireIntegers(caller, `the shape of ${name}`, each.shape, 0);
  }
  const isKnown = (kind: unknown): boolean => typeof kind === 'string' && Object.hasOwn(drawKinds, kind);
  const wrong = Object.entries(spec).find(([, { draw }]) => !isKnown((draw as Draw | undefined)?.kind));
  if (wrong === undefined) {
    for (const { draw } of Object.values(spec)) requireNumbersOf(caller, draw);
    return;
  }
  const [name, { draw }] = wrong;
  throw new ConfigError({
    caller,
    problem: 'the draw of a parameter must be of a kind that is known.',
    expected: `{ kind } with one of ${Object.keys(drawKinds).join(', ')}`,
    got: `${show(draw)} (${name})`,
    remedy: isKnown(draw)
      ? `write draw: { kind: '${draw}' }.`
      : "write draw: { kind: 'fanIn' }, PyTorch's for a dense weight, or another of them.",
  });
}

function requireNumbersOf(caller: string, draw: Draw): void {
  const numbers = drawKinds[draw.kind];
  requireKnown(caller, draw, { kind: true, ...numbers });
  for (const [name, kind] of Object.entries(numbers)) {
    if (kind !== true) requireKind(caller, `draw.${name}`, draw[name as keyof Draw], kind);
  }
  if (draw.kind === 'normal' && draw.zeroRow !== undefined) requireInteger(caller, { 'draw.zeroRow': draw.zeroRow }, 0);
}

/** The same of a draw that an option says. */
export const requireDraw = (caller: string, draw: Draw | undefined): void => {
  if (draw !== undefined) requireDraws(caller, { draw: { shape: [1], draw, decay: true } });
};

/**
 * New parameters by their spec. Each draws from the key folded by its dotted name, so its numbers depend on nothing else.
 * @cost that of the draws, on the processor
 */
export const initialParameters = (spec: Spec, key: Key): Parameters =>
  Object.fromEntries(Object.entries(spec).map(([name, { shape, draw }]) => [name, drawn(draw, shape, key.fold(name))]));

function drawn(draw: Draw, shape: readonly number[], key: Key): Tensor {
  switch (draw.kind) {
    case 'zeros':
      return zeros([...shape]);
    case 'ones':
      return ones([...shape]);
    case 'constant':
      return fill([...shape], draw.value);
    case 'uniform':
      return uniform(key, shape, { min: -draw.bound, max: draw.bound });
    case 'fanIn': {
      const bound = 1 / Math.sqrt(shape.at(-1) as number);
      return uniform(key, shape, { min: -bound, max: bound });
    }
    case 'normal':
      return draw.zeroRow === undefined
        ? normal(key, shape, { standardDeviation: draw.standardDeviation })
        : tableWithout(draw.zeroRow, draw.standardDeviation, shape, key);
  }
}

function tableWithout(row: number, standardDeviation: number, shape: readonly number[], key: Key): Tensor {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const width = size / (shape[0] as number);
  const values = randomNormal(key, size).map((value) => value * standardDeviation);
  return tensor(values.fill(0, row * width, (row + 1) * width), [...shape], 'float32');
}
