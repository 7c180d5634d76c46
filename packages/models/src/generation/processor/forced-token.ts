import { requireInteger } from '@longspan/core-tensor/error';
import type { LogitsProcessor, SequenceSoFar } from './processor.ts';

/** All tokens but one are impossible where the condition holds; that one is certain. */
const forced =
  (token: number, holds: (sequence: SequenceSoFar) => boolean): LogitsProcessor =>
  (scores, sequence) =>
    holds(sequence) ? scores.map((_, each) => (each === token ? 0 : Number.NEGATIVE_INFINITY)) : scores;

/**
 * Makes a token the first new one, such as the sign of a language.
 * @throws ConfigError unless it is an integer of at least 0
 * @cost one pass over the vocabulary
 * @source ForcedBOSTokenLogitsProcessor of Hugging Face transformers 4.57
 * @example
 * [...forcedFirstToken(1)(Float64Array.of(1, 2), { tokens: [5], newTokens: 0, maxNewTokens: 9 })]; // => [-Infinity, 0]
 */
export function forcedFirstToken(token: number): LogitsProcessor {
  requireInteger('forcedFirstToken', { token }, 0);
  return forced(token, ({ newTokens }) => newTokens === 0);
}

/**
 * Makes a token the last one where a sequence reaches its longest length.
 * @throws ConfigError unless it is an integer of at least 0
 * @cost one pass over the vocabulary
 * @source ForcedEOSTokenLogitsProcessor of Hugging Face transformers 4.57
 * @example
 * [...forcedLastToken(0)(Float64Array.of(1, 2), { tokens: [5, 6], newTokens: 8, maxNewTokens: 9 })]; // => [0, -Infinity]
 */
export function forcedLastToken(token: number): LogitsProcessor {
  requireInteger('forcedLastToken', { token }, 0);
  return forced(token, ({ newTokens, maxNewTokens }) => newTokens === maxNewTokens - 1);
}
