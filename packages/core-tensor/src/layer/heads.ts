import { reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { requireHeads } from '../error/index.ts';
import { dims, requireFilled } from '../tensor/dims.ts';

/**
 * Cuts the features of each token into heads.
 * @shape x [b, n, h · d]; returns [b, h, n, d]
 * @cost one transposed copy
 * @example
 * await splitHeads(tensor3d([1, 2, 3, 4], [1, 2, 2]), 2).data(); // => [1, 3, 2, 4]
 */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const { b: batch, n: length, width } = dims('splitHeads', { x: [x, 'b n width'] });
  requireFilled('splitHeads', { b: batch, n: length, width });
  requireHeads('splitHeads', { width, heads });
  return transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/**
 * Joins the heads of each token, the inverse of splitHeads.
 * @shape x [b, h, n, d]; returns [b, n, h · d]
 * @cost one transposed copy
 * @example
 * await mergeHeads(tensor4d([1, 3, 2, 4], [1, 2, 2, 1])).data(); // => [1, 2, 3, 4]
 */
export function mergeHeads(x: Tensor): Tensor {
  const { b: batch, h: heads, n: length, d: headDim } = dims('mergeHeads', { x: [x, 'b h n d'] });
  requireFilled('mergeHeads', { b: batch, h: heads, n: length, d: headDim });
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, heads * headDim]);
}
