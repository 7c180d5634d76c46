import { dims } from '@longspan/core-tensor';
import { requireInteger } from '@longspan/core-tensor/error';
import { requireFilled } from '@longspan/core-tensor/kernel';
import { clone, pad, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * Shifts a sequence to the right by some positions: zeros come in at the left, the last ones fall out. Groups of k that are pooled
 * after a shift by k − 1 end no later than the first position they are read from, so that nothing leaks from the future.
 * @shape x [b, n, c]; returns the same
 * @throws ConfigError when `by` is not an integer of at least 0; ShapeError when x is empty
 * @cost one copy
 * @source Nawrot et al. 2021 (arXiv 2110.13711) §2.2
 * @example
 * await shiftRight(tensor3d([1, 2, 3, 4], [1, 4, 1]), 2).data(); // => [0, 0, 1, 2]
 */
export function shiftRight(x: Tensor, by: number): Tensor {
  const sizes = dims('shiftRight', { x: [x, 'b n c:float32'] });
  requireFilled('shiftRight', sizes);
  const { b: batch, n: length, c: width } = sizes;
  requireInteger('shiftRight', { by }, 0);
  if (by === 0) return clone(x);
  return tidy(() => {
    const kept = Math.max(0, length - by);
    return pad(slice(x, [0, 0, 0], [batch, kept, width]), [
      [0, 0],
      [length - kept, 0],
      [0, 0],
    ]);
  });
}
