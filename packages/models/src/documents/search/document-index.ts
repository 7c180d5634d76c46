import { isStamped, requireKnown } from '@longspan/core-tensor/error';
import { type DocumentEmbedding, embeddingOf } from '../embed/embed.ts';
import { type ReadDocument, type ReadOptions, type ReadSettings, readDocument, readSettings } from '../embed/read-document.ts';
import type { TextModel } from '../model/text-model.ts';
import { latePooling } from '../model/text-pooling.ts';
import { type DocumentSource, readSource } from '../source/read-source.ts';
import { requireWork, stages, type WorkOptions, workOptionNames } from '../source/stages.ts';
import type { TextWindow } from '../window/windows.ts';
import { ownParts } from './own-parts.ts';
import { noIndex, type WordIndex, withWords } from './word-index.ts';

/** A document to be searched: its vectors, its words, and the model that reads questions. */
export interface DocumentIndex extends WordIndex {
  readonly model: TextModel;
  readonly embedding: DocumentEmbedding;
  /** Windows that were read for it; of an edited document those that the edit touches, of one from a file none. */
  readonly read: readonly TextWindow[];
}

/** What an index is made of besides its words, for the functions that search, edit and write it. */
export interface IndexParts {
  readonly document: ReadDocument;
  readonly options: Pick<ReadOptions, 'locale' | 'heading'>;
  readonly settings: ReadSettings;
}

const parts = /* @__PURE__ */ ownParts<DocumentIndex, IndexParts>('parts of an index');

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
  const index: DocumentIndex = {
    text: document.segments.text,
    segments: document.segments,
    model,
    embedding,
    read: document.read,
  };
  parts.give(index, { document, options: { locale, heading }, settings });
  return withWords(index, { locale, heading });
}

/** What an index is made of. Throws unless it is one. */
export function partsOf(caller: string, index: DocumentIndex): IndexParts {
  const found = isStamped(index) ? parts.of(index) : undefined;
  if (found === undefined) throw noIndex(caller, index);
  return found;
}

/** Whether it has vectors. */
export const hasVectors = (index: WordIndex): index is DocumentIndex => parts.of(index as DocumentIndex) !== undefined;
