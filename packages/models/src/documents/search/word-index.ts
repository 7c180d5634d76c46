import { ConfigError, isStamped, requireKind, requireKnown, show, stamped } from '@longspan/core-tensor/error';
import type { TextSegments, TextUnits } from '@longspan/hierarchical';
import { documentSegments, type SegmentOptions } from '../embed/segments.ts';
import { type DocumentSource, readSource } from '../source/read-source.ts';
import { requireWork, stages, workOptionNames } from '../source/stages.ts';
import { ownParts } from './own-parts.ts';
import { type WordScores, wordScores, wordsBetween } from './word-scores.ts';

/** The levels that can be searched. */
export type SearchLevel = 'section' | 'paragraph' | 'sentence';

/** A document to be searched by its words. */
export interface WordIndex {
  readonly text: string;
  /** Its units: words, sentences, paragraphs, sections. */
  readonly segments: TextSegments;
}

/** What every index has. */
export interface WordParts {
  readonly options: Pick<SegmentOptions, 'locale' | 'heading'>;
  /** Made at the first search of a level. */
  words(level: SearchLevel): WordScores;
}

const parts = /* @__PURE__ */ ownParts<WordIndex, WordParts>('words of an index');

/**
 * Makes an index of a document's words alone: there is none of a model to wait for, and `search` finds in it by BM25, with `by: 'words'`.
 * @throws ConfigError when document or options cannot be right; the signal's reason
 * @cost that of cutting the document into its units; the words are indexed at the first search
 * @example
 * const index = await indexWords('# Weather\n\nIt rains.\n\nI wait.', { locale: 'en' });
 * (await search(index, 'rains', { by: 'words' }))[0].text; // => 'It rains.'
 */
export async function indexWords(document: DocumentSource, options: SegmentOptions = {}): Promise<WordIndex> {
  const caller = 'indexWords';
  requireKnown(caller, options, { locale: 'text', heading: 'function', ...workOptionNames });
  requireWork(caller, options);
  if (options.locale !== undefined) requireKind(caller, 'locale', options.locale, 'text');
  const text = await readSource(caller, document, options.signal);
  const segments = await documentSegments(caller, text, { options, step: stages(options) });
  return withWords({ text, segments }, options);
}

/** An index whose words can be searched, stamped. */
export function withWords<Index extends WordIndex>(index: Index, { locale, heading }: Pick<SegmentOptions, 'locale' | 'heading'>): Index {
  const made = new Map<SearchLevel, WordScores>();
  parts.give(index, {
    options: { locale, heading },
    words(level) {
      const found = made.get(level) ?? wordScores(wordsOfUnits(index.segments, level));
      made.set(level, found);
      return found;
    },
  });
  return stamped(index);
}

function wordsOfUnits(segments: TextSegments, level: SearchLevel): readonly (readonly string[])[] {
  const { offsets, count } = unitsOf(segments, level);
  return Array.from({ length: count }, (_, at) => wordsBetween(segments, offsets[at] as number, offsets[at + 1] as number));
}

export const unitsOf = (segments: TextSegments, level: SearchLevel): TextUnits => segments[`${level}s`];

/** What an index is made of. Throws unless it is one. */
export function wordPartsOf(caller: string, index: WordIndex): WordParts {
  const found = isStamped(index) ? parts.of(index) : undefined;
  if (found === undefined) throw noIndex(caller, index);
  return found;
}

/** What is told of what is no index, or one of words alone where vectors are needed. */
export function noIndex(caller: string, index: unknown): ConfigError {
  const isOfWords = isStamped(index) && parts.of(index as WordIndex) !== undefined;
  return new ConfigError({
    caller,
    problem: isOfWords ? 'index must have vectors.' : 'index must be an index of a document.',
    expected: 'what createIndex, updateIndex or openIndex gives, as it is',
    got: isOfWords ? 'an index of words alone' : show(index),
    remedy:
      isOfWords || typeof index === 'string'
        ? 'give await createIndex(document, model).'
        : 'give it as it was made and not a copy of its fields.',
  });
}
