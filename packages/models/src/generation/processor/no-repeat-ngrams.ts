import { requireInteger } from '@longspan/core-tensor/error';
import { type LogitsProcessor, without } from './processor.ts';

/**
 * Forbids every token that would complete an n-gram which the sequence already has.
 * @param size tokens of an n-gram
 * @throws ConfigError unless it is an integer of at least 1
 * @cost one pass over the sequence, `size` comparisons a token
 * @source Paulus et al. 2017 (arXiv 1705.04304) §2.5; NoRepeatNGramLogitsProcessor of Hugging Face transformers 4.57
 * @example
 * [...noRepeatNgrams(2)(Float64Array.of(1, 2, 3), { tokens: [0, 2, 0], newTokens: 3, maxNewTokens: 9 })]; // => [1, 2, -Infinity]
 */
export function noRepeatNgrams(size: number): LogitsProcessor {
  requireInteger('noRepeatNgrams', { size }, 1);
  return (scores, { tokens }) => {
    const begun = tokens.slice(tokens.length - (size - 1));
    const ends = tokens.slice(size - 1).filter((_, at) => begun.every((token, place) => tokens[at + place] === token));
    return tokens.length < size ? scores : without(scores, ends);
  };
}
