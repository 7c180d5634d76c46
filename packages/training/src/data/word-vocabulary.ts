import { ConfigError, isList, isRecord, mostNumbers, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { requireTextSource, type TextSource } from './text-source.ts';
import { endOfLine, wordsOf } from './words.ts';

/** The words that a model knows; plain data, which JSON keeps. */
export interface WordVocabulary {
  /** Each word at its token: 0 is `<unk>`, all words that are not in the list; 1 is `<eos>`, the end of a line; then the most frequent first. */
  readonly words: readonly string[];
}

export interface WordVocabularyOptions {
  /** How many tokens there are at most, `<unk>` and `<eos>` among them; as many as there are words by default. */
  readonly size?: number | undefined;
  /** How often a word must occur; 1 by default. */
  readonly minCount?: number | undefined;
}

/** What stands for a word that the vocabulary lacks. */
const unknown = '<unk>';

/**
 * Counts the words of a text, which blanks separate, and keeps the most frequent; of words that are equally frequent, the one that sorts
 * first. Count on the training part alone.
 * @param source a string, bytes, a file, or any iterable of strings and bytes, also an async one
 * @throws ConfigError when size is not an integer of at least 2, or minCount none of at least 1
 * @cost O(text); each different word is in memory
 * @source the vocabularies of Transformer-XL's code for WikiText-103 (Dai et al. 2019, arXiv 1901.02860)
 * @example
 * (await wordVocabulary('the cat\nthe dog\n', { size: 3 })).words; // => ['<unk>', '<eos>', 'the']
 */
export async function wordVocabulary(source: TextSource, options: WordVocabularyOptions = {}): Promise<WordVocabulary> {
  const caller = 'wordVocabulary';
  requireTextSource(caller, source);
  requireKnown(caller, options, { size: true, minCount: true });
  const { size = mostNumbers, minCount = 1 } = options;
  requireInteger(caller, { size }, 2, { atMost: mostNumbers });
  requireInteger(caller, { minCount }, 1);
  const counts = new Map<string, number>();
  for await (const words of wordsOf(caller, source)) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  counts.delete(unknown);
  counts.delete(endOfLine);
  const kept = [...counts].filter(([, count]) => count >= minCount).sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return { words: [unknown, endOfLine, ...kept.slice(0, size - 2).map(([word]) => word)] };
}

/**
 * The words of a text as tokens of a vocabulary. Read piece by piece, so the text may be of any length.
 * @param source a string, bytes, a file, or any iterable of strings and bytes, also an async one
 * @returns pieces of any length; together they do not depend on how the source was cut
 * @throws ConfigError for a source that is neither text nor bytes, and for a vocabulary that is not one
 * @cost O(text); one piece is in memory
 * @example
 * const pieces = wordTokens('the cat\n', { words: ['<unk>', '<eos>', 'the'] });
 * (await pieces.next()).value; // => [2, 0, 1]
 */
export function wordTokens(source: TextSource, vocabulary: WordVocabulary): AsyncGenerator<Int32Array> {
  requireTextSource('wordTokens', source);
  requireVocabulary('wordTokens', vocabulary);
  return tokensOf(source, new Map(vocabulary.words.map((word, token) => [word, token])));
}

async function* tokensOf(source: TextSource, tokens: ReadonlyMap<string, number>): AsyncGenerator<Int32Array> {
  for await (const words of wordsOf('wordTokens', source)) yield Int32Array.from(words, (word) => tokens.get(word) ?? 0);
}

function requireVocabulary(caller: string, vocabulary: WordVocabulary): void {
  const words: unknown = isRecord(vocabulary) ? vocabulary.words : undefined;
  const isOne =
    Array.isArray(words) &&
    isList(words) &&
    words[0] === unknown &&
    words[1] === endOfLine &&
    words.every((word) => typeof word === 'string');
  if (isOne) {
    requireKnown(caller, vocabulary, { words: true });
    return;
  }
  throw new ConfigError({
    caller,
    problem: 'vocabulary must be one of wordVocabulary.',
    expected: "{ words: ['<unk>', '<eos>', …] }",
    got: show(vocabulary),
    remedy: 'give what await wordVocabulary(source) gave, or the same read from JSON.',
  });
}
