import { concat, max, min, pad, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { blockMeans } from '../scoring/block-means.ts';

/** How many numbers blockFeatures gives for each number of a vector. */
export const featuresPerNumber = 3;

/** Beyond every number of a query or a key. */
const beyond = 1e30;

/**
 * What a selector knows of a block: the mean of its vectors, and the highest and the lowest value along each axis, which single tokens
 * make and a mean washes out.
 * @shape x [b, h, n, d] -> [b, h, blocks, 3 · d]
 * @cost O(n · d), a padded copy at a time
 */
export function blockFeatures(x: Tensor, blockSize: number): Tensor {
  const [batch = 0, heads = 0, length = 0, width = 0] = x.shape;
  const blocks = Math.ceil(length / blockSize);
  return tidy(() => {
    const filledWith = (value: number): Tensor => {
      const padded = pad(
        x,
        [
          [0, 0],
          [0, 0],
          [0, blocks * blockSize - length],
          [0, 0],
        ],
        value,
      );
      return reshape(padded, [batch, heads, blocks, blockSize, width]);
    };
    return concat([blockMeans(x, blockSize), max(filledWith(-beyond), 3), min(filledWith(beyond), 3)], 3);
  });
}
