import { ConfigError, isStamped, requireKnown, show, stamped } from '@longspan/core-tensor/error';
import type { TextSegments, TextUnits } from '@longspan/hierarchical';
import { type DocumentEmbedding, embeddingOf } from '../embed/embed.ts';
import { type ReadDocument, type ReadOptions, type ReadSettings, readDocument, readSettings } from '../embed/read-document.ts';
import type { TextModel } from '../model/text-model.ts';
import { latePooling } from '../model/text-pooling.ts';
import { type DocumentSource, readSource } from '../source/read-source.ts';
import { requireWork, stages, type WorkOptions, workOptionNames } from '../source/stages.ts';
import type { TextWindow } from '../window/windows.ts';
import { type WordScores, wordScores, wordsBetween } from './word-scores.ts';

/** The levels that can be searched. */
export type SearchLevel = 'section' | 'paragraph' | 'sentence';

/** A document to be searched: its vectors, its words, and the model that reads questions. */
export interface DocumentIndex {
  readonly text: string;
  readonly model: TextModel;
  readonly embedding: DocumentEmbedding;
  /** Windows that were read for it; of an edited document those that the edit touches, of one from a file none. */
  readonly read: readonly TextWindow[];
}

/** What an index is made of, for the functions that search, edit and write it. */
export interface IndexParts {
  readonly document: ReadDocument;
  readonly options: Pick<ReadOptions, 'locale' | 'heading'>;
  readonly settings: ReadSettings;
  /** Made at the first search of a level. */
  words(level: SearchLevel): WordScores;
}

const parts = new WeakMap<DocumentIndex, IndexParts>();

/**
 * Makes the index of a document: it is read in windows and pooled, as `embed` does, and its words are indexed for BM25.
 * @throws ConfigError when document, model or options cannot be right; the signal's reason
 * @cost that of embed; the words are indexed at the first search
 * @example
 * const encode = (text) => ({
 *   ids: Int32Array.from(text, (sign) => sign.charCodeAt(0) % 99), // each character is a token
 *   offsets: Uint32Array.from({ length: 2 * text.length }, (_, at) => (at + 1) >> 1),
 * });
 * const config = { vocabSize: 99, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const tokenizer = { encode, template: { single: { before: [], after: [] } } };
 * const model = { model: bertModel(config), parameters: bertModel(config).init(createKey(0)), tokenizer };
 * const index = await createIndex('# Weather\n\nIt rains.\n\nI wait.', model, { locale: 'en' });
 * (await search(index, 'rains', { top: 1 }))[0].text; // => 'It rains.'
 */
export async function createIndex(document: DocumentSource, model: TextModel, options: ReadOptions = {}): Promise<DocumentIndex> {
  const caller = 'createIndex';
  const settings = readSettings(caller, model, options);
  const text = await readSource(caller, document, options.signal);
  const read = await readDocument(caller, text, model, { settings, options, step: stages(options) });
  return indexOf(read, model, { settings, options });
}

/**
 * The index of an edited document, made of the one before the edit: windows with the same tokens as before are not read again. The result is
 * that of `createIndex` over the new text. The old index stays as it is.
 * @throws ConfigError when index or text cannot be right; the signal's reason
 * @cost for an edit of one place that of the model for some windows around it, and O(text) beside it
 * @example
 * const encode = (text) => ({
 *   ids: Int32Array.from(text, (sign) => sign.charCodeAt(0) % 99), // each character is a token
 *   offsets: Uint32Array.from({ length: 2 * text.length }, (_, at) => (at + 1) >> 1),
 * });
 * const config = { vocabSize: 99, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const tokenizer = { encode, template: { single: { before: [], after: [] } } };
 * const model = { model: bertModel(config), parameters: bertModel(config).init(createKey(0)), tokenizer };
 * const index = await createIndex('It rains.\n\nI wait.', model, { locale: 'en' });
 * const edited = await updateIndex(index, 'It snows.\n\nI wait.');
 * [edited.text, edited.read.length]; // => ['It snows.\n\nI wait.', 1]
 */
export async function updateIndex(index: DocumentIndex, newText: DocumentSource, options: WorkOptions = {}): Promise<DocumentIndex> {
  const caller = 'updateIndex';
  const { document: previous, options: cut, settings } = partsOf(caller, index);
  requireKnown(caller, options, workOptionNames);
  requireWork(caller, options);
  const text = await readSource(caller, newText, options.signal);
  const step = stages(options);
  const read = await readDocument(caller, text, index.model, { settings, options: { ...cut, ...options }, step, previous });
  return indexOf(read, index.model, { settings, options: cut });
}

/** An index of what was read. */
export function indexOf(
  document: ReadDocument,
  model: TextModel,
  { settings, options: { locale, heading } }: Pick<IndexParts, 'settings' | 'options'>,
): DocumentIndex {
  const embedding = embeddingOf(document, latePooling('createIndex', model, settings.pooling).used);
  const index: DocumentIndex = stamped({ text: document.segments.text, model, embedding, read: document.read });
  const made = new Map<SearchLevel, WordScores>();
  parts.set(index, {
    document,
    options: { locale, heading },
    settings,
    words(level) {
      const found = made.get(level) ?? wordScores(wordsOfUnits(document.segments, level));
      made.set(level, found);
      return found;
    },
  });
  return index;
}

function wordsOfUnits(segments: TextSegments, level: SearchLevel): readonly (readonly string[])[] {
  const { offsets, count } = unitsOf(segments, level);
  return Array.from({ length: count }, (_, at) => wordsBetween(segments, offsets[at] as number, offsets[at + 1] as number));
}

export const unitsOf = (segments: TextSegments, level: SearchLevel): TextUnits => segments[`${level}s`];

/** What an index is made of. Throws unless it is one. */
export function partsOf(caller: string, index: DocumentIndex): IndexParts {
  const found = isStamped(index) ? parts.get(index) : undefined;
  if (found !== undefined) return found;
  throw new ConfigError({
    caller,
    problem: 'index must be an index of a document.',
    expected: 'what createIndex, updateIndex or openIndex gives, as it is',
    got: show(index),
    remedy: typeof index === 'string' ? 'give await createIndex(document, model).' : 'give it as it was made and not a copy of its fields.',
  });
}
