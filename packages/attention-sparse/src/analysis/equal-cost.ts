import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { requireMask } from '../mask/algebra/require-mask.ts';
import type { Mask } from '../mask/index.ts';
import { cost } from './cost.ts';

/**
 * The causal window that visits as many pairs of blocks as a mask does, or the next fewer: what a pattern is to be compared with at
 * equal cost.
 * @param length tokens
 * @returns tokens to the left of the query's own: `slidingWindow({ left, right: 0 })`
 * @throws ConfigError when the length or the block size is not an integer of at least 1
 * @cost one layout of the mask
 * @example
 * windowOfEqualCost(slidingWindow({ left: 256, right: 0 }), 4096); // => 256
 */
export function windowOfEqualCost(mask: Mask, length: number, options: { readonly blockSize?: number | undefined } = {}): number {
  requireMask('windowOfEqualCost', 'mask', mask);
  requireKnown('windowOfEqualCost', options, { blockSize: true });
  const { blockSize = 64 } = options;
  requireInteger('windowOfEqualCost', { length, blockSize }, 1);
  const wanted = cost(mask, { queryLength: length, blockSize }).visitedBlocks / (mask.heads * mask.batch);
  const blocks = Math.ceil(length / blockSize);
  // A window of w blocks besides its own visits the triangle at the start and a band after it.
  const visited = (before: number): number => (before + 1) * blocks - (before * (before + 1)) / 2;
  let before = 0;
  while (before + 1 < blocks && visited(before + 1) <= wanted) before++;
  return before * blockSize;
}
