import { requireKind } from '@longspan/core-tensor/error';

const punctuation = /[!-/:-@[-`{-~]/g;
// Python's \b of letters, digits and the underscore of all scripts; JavaScript's knows ASCII alone.
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/**
 * An answer as SQuAD compares it: lower case, without ASCII punctuation (no blank in its place), without a, an and the, blanks made one.
 * @throws ConfigError when it is no text
 * @cost O(length)
 * @source normalize_answer of SQuAD 2.0's evaluation script (Rajpurkar et al. 2018, arXiv 1806.03822)
 * @example
 * normalizeAnswer('The  well-known U.S.A!'); // => 'wellknown usa'
 */
export function normalizeAnswer(text: string): string {
  requireKind('normalizeAnswer', 'text', text, 'text');
  return answerTokens(text).join(' ');
}

/** The words of a normalised answer. */
export const answerTokens = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .replace(punctuation, '')
    .replace(articles, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
