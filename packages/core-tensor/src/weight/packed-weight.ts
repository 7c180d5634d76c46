import { getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, requireIntegers, requireKnown, ShapeError, show } from '../error/index.ts';
import { dims } from '../tensor/dims.ts';
import { checkDtype } from '../tensor/features.ts';

/** How the numbers of a weight are stored: in 16 bits, or in 8 with a scale for each output channel. */
export type PackedKind = 'float16' | 'int8';

/** How many numbers one int32 holds. */
const numbersPerWord: Readonly<Record<PackedKind, number>> = { float16: 2, int8: 4 };

/** How many int32 hold a row of so many numbers. */
export const wordsPerRow = (kind: PackedKind, width: number): number => Math.ceil(width / numbersPerWord[kind]);

/**
 * The weight of a linear map in half or a quarter of its bytes. It is a constant: only x and the bias of its map have gradients. A plain
 * record of tensors, which `dispose` and `tidy` of tfjs look into.
 */
export interface PackedWeight {
  readonly kind: PackedKind;
  /**
   * int32 [out, ⌈in / 2⌉] of float16, [out, ⌈in / 4⌉] of int8: rows of the weight, the first number in the lowest bits of a word; what is
   * left of a row's last word is 0. In WGSL it is an `array<u32>` for `unpack2x16float` and `unpack4xI8`.
   */
  readonly numbers: Tensor;
  /** Of int8 alone: float32 [out], what the integers of that output channel are multiplied by. */
  readonly scale?: Tensor | undefined;
  /** The weight's own. */
  readonly shape: readonly [out: number, width: number];
}

/** The weight of a linear map: float32 [out, in], or packed. */
export type LinearWeight = Tensor | PackedWeight;

/** Whether it is a packed weight and no tensor, by its form. */
export const isPacked = (weight: LinearWeight): weight is PackedWeight =>
  typeof weight === 'object' && weight !== null && 'numbers' in weight && !('dataId' in weight);

/** Throws unless it is a kind of packed weights. */
export function requirePackedKind(caller: string, kind: PackedKind): void {
  if (typeof kind === 'string' && Object.hasOwn(numbersPerWord, kind)) return;
  throw new ConfigError({
    caller,
    problem: "kind must be 'float16' or 'int8'.",
    expected: "'float16', 'int8'",
    got: show(kind),
    remedy: "'float16' keeps 11 bits of each number; 'int8' takes half of its bytes and keeps 7 bits below the largest of each row.",
  });
}

/** Throws unless it is a whole packed weight, on a backend that holds its bits. */
export function requirePackedWeight(caller: string, name: string, weight: PackedWeight): void {
  requireKnown(caller, weight, { kind: true, numbers: true, scale: true, shape: 'list' });
  const { kind, numbers, scale, shape } = weight;
  requirePackedKind(caller, kind);
  requireIntegers(caller, `${name}.shape`, shape, 1);
  checkDtype(caller, `${name}.numbers`, numbers, 'int32');
  const [out, width] = shape;
  const words = wordsPerRow(kind, width);
  if (shape.length !== 2 || numbers.shape.length !== 2 || numbers.shape[0] !== out || numbers.shape[1] !== words) {
    throw new ShapeError({
      caller,
      problem: `${name}.numbers must have the shape [out, ⌈in / ${numbersPerWord[kind]}⌉] of ${kind}.`,
      expected: shape.length === 2 ? `[${out}, ${words}]  (set by ${name}.shape)` : `${name}.shape of [out, in]`,
      got: shape.length === 2 ? `[${numbers.shape.join(', ')}]` : `[${shape.join(', ')}]`,
      remedy: 'give what packWeight gave, as it is.',
    });
  }
  if (kind === 'int8') dims(caller, { [`${name}.scale`]: [scale as Tensor, `${out}:float32`] });
  else if (scale !== undefined) throw scaleOfFloat16(caller, name, scale);
  requireWholeWords(caller);
}

/** tfjs's webgl backend keeps int32 as floats, in which the bits of a word are lost. */
function requireWholeWords(caller: string): void {
  if (getBackend() !== 'webgl') return;
  throw new ConfigError({
    caller,
    problem: 'packed weights must be on a backend that keeps all 32 bits of an int32.',
    expected: 'cpu, wasm or webgpu',
    got: 'webgl, which stores integers as floats',
    remedy: "await setBackend('wasm'), or take weights of float32.",
  });
}

const scaleOfFloat16 = (caller: string, name: string, scale: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: `${name}.scale must be left out of float16.`,
    expected: "a scale with kind: 'int8' alone",
    got: show(scale),
    remedy: 'give what packWeight gave, as it is.',
  });
