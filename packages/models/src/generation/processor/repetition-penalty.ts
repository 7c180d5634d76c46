import { requireKind } from '@longspan/core-tensor/error';
import type { LogitsProcessor } from './processor.ts';

/**
 * Makes every token that the sequence already has less likely, once each: a score below 0 is multiplied, any other divided.
 * @param penalty above 1; below 1 it rewards
 * @throws ConfigError unless it is above 0
 * @cost one pass over the sequence
 * @source Keskar et al. 2019 (arXiv 1909.05858) §4.1; RepetitionPenaltyLogitsProcessor of Hugging Face transformers 4.57
 * @example
 * [...repetitionPenalty(2)(Float64Array.of(1, -1, 4), { tokens: [0, 1, 1], newTokens: 3, maxNewTokens: 9 })]; // => [0.5, -2, 4]
 */
export function repetitionPenalty(penalty: number): LogitsProcessor {
  requireKind('repetitionPenalty', 'penalty', penalty, 'positive');
  return (scores, { tokens }) => {
    const left = scores.slice();
    for (const token of new Set(tokens)) {
      const score = scores[token];
      if (score !== undefined) left[token] = score < 0 ? score * penalty : score / penalty;
    }
    return left;
  };
}
