import { type Key, randomUniform } from '@longspan/core-tensor/key';
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

/** Excerpts, and the byte that follows each of their bytes. */
export interface Lesson {
  readonly ids: Tensor2D;
  readonly targets: Tensor2D;
}

/** A batch to learn the next byte from, int32 [rows, length] both. */
export function lesson(text: Uint8Array, key: Key, rows: number, length: number): Lesson {
  const { ids, targets } = tidy(() => {
    const all = excerpts(text, key, rows, length + 1);
    return { ids: slice(all, [0, 0], [rows, length]), targets: slice(all, [0, 1], [rows, length]) };
  });
  return { ids, targets };
}
