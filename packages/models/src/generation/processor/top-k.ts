import { requireInteger } from '@longspan/core-tensor/error';
import type { LogitsProcessor } from './processor.ts';

/**
 * Leaves the best tokens, and all that tie with the last of them.
 * @param count how many; more than there are leave all
 * @throws ConfigError unless it is an integer of at least 1
 * @cost a sort of the vocabulary
 * @source TopKLogitsWarper of Hugging Face transformers 4.57
 * @example
 * [...topK(2)(Float64Array.of(1, 3, 2, 2), { tokens: [], newTokens: 0, maxNewTokens: 9 })]; // => [-Infinity, 3, 2, 2]
 */
export function topK(count: number): LogitsProcessor {
  requireInteger('topK', { count }, 1);
  return (scores) => {
    if (count >= scores.length) return scores;
    const least = scores.slice().sort()[scores.length - count] as number;
    return scores.map((score) => (score < least ? Number.NEGATIVE_INFINITY : score));
  };
}
