import { fill, greater, less, matMul, mean, range, reshape, type Tensor, tidy, topk, where } from '@tensorflow/tfjs-core';
import type { AttentionLayer } from './attention-layers.ts';

const hidden = -1e9;

/**
 * For each query block the key blocks before it whose mean key its mean query likes best; −1 where there are fewer.
 * @shape returns int32 [batch, heads, blocks, count]
 */
export function chooseBlocks(
  { q, k, batch, heads, n }: Pick<AttentionLayer, 'q' | 'k' | 'batch' | 'heads' | 'n'>,
  { blockSize, count }: { readonly blockSize: number; readonly count: number },
): Tensor {
  const blocks = n / blockSize;
  return tidy(() => {
    const pooled = (x: Tensor): Tensor => mean(reshape(x, [batch, heads, blocks, blockSize, x.shape[3] as number]), 3);
    const at = range(0, blocks, 1, 'int32');
    const isBefore = less(reshape(at, [1, 1, 1, blocks]), reshape(at, [1, 1, blocks, 1]));
    const scores = matMul(pooled(q), pooled(k), false, true);
    const { values, indices } = topk(where(isBefore, scores, fill(scores.shape, hidden)), count);
    return where(greater(values, hidden / 2), indices, fill(indices.shape, -1, 'int32'));
  });
}
