import { type Key, randomUniform } from '@longspan/core-tensor/key';
import type { Batch, Data } from '@longspan/training';
import { slice, type Tensor2D, tensor2d, tidy } from '@tensorflow/tfjs-core';

/** Excerpts of a text as int32 [rows, length], each from a place of its own that the key chooses. */
export function excerpts(text: Uint8Array, key: Key, rows: number, length: number): Tensor2D {
  const ids = new Int32Array(rows * length);
  randomUniform(key, rows).forEach((share, row) => {
    const from = Math.floor(share * (text.length - length + 1));
    ids.set(text.subarray(from, from + length), row * length);
  });
  return tensor2d(ids, [rows, length], 'int32');
}

/** A batch to learn the next byte from, int32 [rows, length] both; layers that remember begin anew with it. */
export function lesson(
  text: Uint8Array,
  key: Key,
  rows: number,
  length: number,
): Batch & { readonly context: { readonly targets: Tensor2D } } {
  const { x, targets } = tidy(() => {
    const all = excerpts(text, key, rows, length + 1);
    return { x: slice(all, [0, 0], [rows, length]), targets: slice(all, [0, 1], [rows, length]) };
  });
  return { x, context: { targets }, carry: () => ({}) };
}

/** Lessons without end; the key of each is folded with its number. */
export const lessons = (text: Uint8Array, key: Key, rows: number, length: number): Data =>
  endless((at) => lesson(text, key.fold(at), rows, length));

/** Data of batches by their numbers, without end. */
export const endless = (batchAt: (at: number) => Batch): Data =>
  function* (from) {
    for (let at = from; ; at++) yield batchAt(at);
  };
