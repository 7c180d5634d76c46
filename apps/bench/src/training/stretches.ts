import { type Key, randomUniform } from '@longspan/core-tensor/key';
import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';

/** Stretches of a text as int32 [rows, length], each from a place of its own that the key chooses. */
export function stretches(text: Uint8Array, key: Key, rows: number, length: number): Tensor2D {
  const ids = new Int32Array(rows * length);
  randomUniform(key, rows).forEach((share, row) => {
    const from = Math.floor(share * (text.length - length + 1));
    ids.set(text.subarray(from, from + length), row * length);
  });
  return tensor2d(ids, [rows, length], 'int32');
}
