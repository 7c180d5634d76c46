import { isList, requireInteger, requireIntegers } from '@longspan/core-tensor/error';
import { type LogitsProcessor, without } from './processor.ts';

/** The tokens that end a sequence: one, or several. */
export type EndTokens = number | readonly number[];

/** As a list, checked. */
export function endTokensOf(caller: string, name: string, ends: EndTokens): readonly number[] {
  const list = isList(ends) ? requireIntegers(caller, name, ends as readonly number[]) : [ends as number];
  for (const each of list) requireInteger(caller, { [name]: each }, 0);
  return [...list];
}

/**
 * Forbids the end of a sequence before it has that many new tokens.
 * @throws ConfigError unless the count and the tokens are integers of at least 0
 * @cost a copy of the scores
 * @source MinNewTokensLengthLogitsProcessor of Hugging Face transformers 4.57
 * @example
 * [...minimumTokens(2, 0)(Float64Array.of(1, 2), { tokens: [5], newTokens: 1, maxNewTokens: 9 })]; // => [-Infinity, 2]
 */
export function minimumTokens(count: number, ends: EndTokens): LogitsProcessor {
  requireInteger('minimumTokens', { count }, 0);
  const tokens = endTokensOf('minimumTokens', 'ends', ends);
  return (scores, { newTokens }) => (newTokens < count ? without(scores, tokens) : scores);
}

/**
 * Forbids the end of a sequence before it has that many tokens, those of its prompt among them.
 * @throws ConfigError unless the length and the tokens are integers of at least 0
 * @cost a copy of the scores
 * @source MinLengthLogitsProcessor of Hugging Face transformers 4.57
 * @example
 * [...minimumLength(2, 0)(Float64Array.of(1, 2), { tokens: [5, 6], newTokens: 1, maxNewTokens: 9 })]; // => [1, 2]
 */
export function minimumLength(length: number, ends: EndTokens): LogitsProcessor {
  requireInteger('minimumLength', { length }, 0);
  const tokens = endTokensOf('minimumLength', 'ends', ends);
  return (scores, sequence) => (sequence.tokens.length < length ? without(scores, tokens) : scores);
}
