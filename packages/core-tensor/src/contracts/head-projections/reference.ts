import { reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';

/**
 * The features of each token as heads.
 * @shape x [b, n, heads · headDim]; returns [b, heads, n, headDim]
 * @cost one transposed copy
 */
export const asHeads = (x: Tensor, heads: number): Tensor => {
  const [batch, length, width] = x.shape as [number, number, number];
  return transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
};

/**
 * The heads of each token as its features, the inverse of asHeads.
 * @shape x [b, heads, n, headDim]; returns [b, n, heads · headDim]
 * @cost one transposed copy
 */
export const asTokens = (x: Tensor): Tensor => {
  const [batch, heads, length, headDim] = x.shape as [number, number, number, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, heads * headDim]);
};
