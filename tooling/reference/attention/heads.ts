import { add, reshape, type Tensor, transpose, zeros } from '@tensorflow/tfjs-core';

/** [b, n, h · d] -> [b, h, n, d] */
export function inHeads(x: Tensor, heads: number): Tensor {
  const [batch = 0, length = 0, width = 0] = x.shape;
  return transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** [b, h, n, d] -> [b, n, h · d] */
export function joinedHeads(x: Tensor): Tensor {
  const [batch = 0, heads = 0, length = 0, headDim = 0] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, heads * headDim]);
}

/** Each key head for all query heads that share it: [b, hkv, n, d] -> [b, h, n, d]. */
export function forQueryHeads(x: Tensor, heads: number): Tensor {
  const [batch = 0, keyHeads = 0, length = 0, width = 0] = x.shape;
  if (keyHeads === heads) return x;
  const repeated = add(reshape(x, [batch, keyHeads, 1, length, width]), zeros([1, 1, heads / keyHeads, 1, 1]));
  return reshape(repeated, [batch, heads, length, width]);
}
