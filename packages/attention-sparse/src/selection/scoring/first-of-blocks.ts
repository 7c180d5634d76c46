import { pad, reshape, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * The first vector of each block of a sequence.
 * @shape x [b, h, n, d] -> [b, h, blocks, d]
 * @cost one padded copy
 */
export function firstOfBlocks(x: Tensor, blockSize: number): Tensor {
  const [batch = 0, heads = 0, length = 0, width = 0] = x.shape;
  const blocks = Math.ceil(length / blockSize);
  return tidy(() => {
    const padded = pad(x, [
      [0, 0],
      [0, 0],
      [0, blocks * blockSize - length],
      [0, 0],
    ]);
    const first = slice(reshape(padded, [batch, heads, blocks, blockSize, width]), [0, 0, 0, 0, 0], [batch, heads, blocks, 1, width]);
    return reshape(first, [batch, heads, blocks, width]);
  });
}
