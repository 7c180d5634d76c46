import { div, pad, reshape, sum, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';

/**
 * The mean of each block of a sequence; the last one may be short.
 * @shape x [b, h, n, d] -> [b, h, blocks, d]
 * @cost O(n · d), one padded copy
 */
export function blockMeans(x: Tensor, blockSize: number): Tensor {
  const [batch = 0, heads = 0, length = 0, width = 0] = x.shape;
  const blocks = Math.ceil(length / blockSize);
  return tidy(() => {
    const counts = Float32Array.from({ length: blocks }, (_, block) => Math.min(blockSize, length - block * blockSize));
    return div(sum(inBlocks(x, [batch, heads, blocks, blockSize, width]), 3), tensor2d(counts, [blocks, 1]));
  });
}

/** A sequence cut into blocks, zeros at the end of the last one. */
function inBlocks(x: Tensor, shape: readonly [number, number, number, number, number]): Tensor {
  const [, , blocks, blockSize] = shape;
  const missing = blocks * blockSize - (x.shape[2] as number);
  const padded =
    missing === 0
      ? x
      : pad(x, [
          [0, 0],
          [0, 0],
          [0, missing],
          [0, 0],
        ]);
  return reshape(padded, [...shape]);
}
