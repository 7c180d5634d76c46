import type { Padding } from '@longspan/core-tensor';
import { type Tensor, tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import { derivedPadding } from '../padding/derived-padding.ts';

/**
 * The padding of the level below, whose group g is made of the vectors g · factor − (factor − 1) … g · factor: it is padding where all
 * of them are.
 */
export function paddingBelow(of: Padding | undefined, factor: number): Padding | undefined {
  if (of === undefined) return undefined;
  return derivedPadding(of, `Hourglass groups of ${factor}`, Math.ceil(of.length / factor), (row, group) =>
    Array.from({ length: factor }, (_, back) => group * factor - back).some((at) => at >= 0 && of.isToken(row, at)),
  );
}

/**
 * Zeros where there is padding, as before the beginning of the sequence.
 * @shape x [b, n, width], or ids int32 [b, n] -> the same
 */
export function zeroPadding(x: Tensor, of: Padding | undefined): Tensor {
  if (of === undefined || !of.some) return x;
  const tokens = Uint8Array.from(of.rows.flatMap((row) => Array.from(row)));
  const shape = [of.rows.length, of.length, ...x.shape.slice(2).map(() => 1)];
  return where(tensor(tokens, shape, 'bool'), x, zerosLike(x)); // selected: 0 · NaN is NaN
}
