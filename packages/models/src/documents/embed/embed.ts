import { requireInteger } from '@longspan/core-tensor/error';
import type { TextUnits } from '@longspan/hierarchical';
import type { TextModel } from '../model/text-model.ts';
import { latePooling, type UsedPooling } from '../model/text-pooling.ts';
import { type DocumentSource, readSource } from '../source/read-source.ts';
import { stages } from '../source/stages.ts';
import type { TextWindow } from '../window/windows.ts';
import { levelVectors } from './level-vectors.ts';
import { type ReadDocument, type ReadOptions, readDocument, readSettings } from './read-document.ts';

/** A unit of a document with its vector. */
export interface EmbeddedUnit {
  /** document.slice(start, end) */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Float32 [width], of length 1; zeros where the unit has no token. */
  readonly vector: Float32Array;
}

/** The units of a level, which cover the document without gaps, and their vectors. */
export interface EmbeddedLevel extends TextUnits {
  /** Float32 [count · width], each of length 1. */
  readonly vectors: Float32Array;
  /** The unit of that number. */
  at(unit: number): EmbeddedUnit;
}

/** The vectors of a document, level by level. */
export interface DocumentEmbedding {
  readonly text: string;
  readonly width: number;
  readonly sentences: EmbeddedLevel;
  readonly paragraphs: EmbeddedLevel;
  readonly sections: EmbeddedLevel;
  /** The windows that were read, in order. */
  readonly windows: readonly TextWindow[];
  /** How tokens were made vectors. */
  readonly pooling: UsedPooling;
}

/**
 * Makes vectors of the sentences, paragraphs and sections of a document by late chunking: it is read in overlapping windows first, and
 * pooled after, so that the vector of a paragraph knows what stands around it. Each token is taken from the window where it has most
 * context on its poorer side; a unit is the mean of its tokens, by the checkpoint's linear maps where it has some, brought to length 1.
 * Special tokens do not count.
 * @param document its text, a file, or what gives it piece by piece, of any length
 * @throws ConfigError when document, model or options cannot be right, and for a checkpoint that does not pool by the mean; the signal's reason
 * @cost that of the model for about length / (0.87 · (length − overlap)) times the tokens of the document; in memory the text, its
 *   tokens, two vectors a sentence and one for each unit above, and a few windows
 * @source Günther et al. 2024 (arXiv 2409.04701), long late chunking
 * @example
 * const encode = (text) => ({
 *   ids: Int32Array.from(text, (sign) => sign.charCodeAt(0) % 99), // each character is a token
 *   offsets: Uint32Array.from({ length: 2 * text.length }, (_, at) => (at + 1) >> 1),
 * });
 * const config = { vocabSize: 99, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const tokenizer = { encode, template: { single: { before: [], after: [] } } };
 * const model = { model: bertModel(config), parameters: bertModel(config).init(createKey(0)), tokenizer };
 * const { sentences, paragraphs } = await embed('It rains. I wait.\n\nIt stops.', model, { locale: 'en' });
 * [sentences.count, paragraphs.at(1).text, paragraphs.vectors.length]; // => [3, 'It stops.', 16]
 */
export async function embed(document: DocumentSource, model: TextModel, options: ReadOptions = {}): Promise<DocumentEmbedding> {
  const caller = 'embed';
  const settings = readSettings(caller, model, options);
  const text = await readSource(caller, document, options.signal);
  const read = await readDocument(caller, text, model, { settings, options, step: stages(options) });
  return embeddingOf(read, latePooling(caller, model, settings.pooling).used);
}

/** The vectors of a document that was read. */
export function embeddingOf(document: ReadDocument, pooling: UsedPooling): DocumentEmbedding {
  const { segments, read, projected } = document;
  const width = projected?.width ?? document.width;
  const { text } = segments;
  const vectors = projected ?? levelVectors(document);
  const level = ({ offsets, count }: TextUnits, own: Float32Array): EmbeddedLevel => ({
    offsets,
    count,
    vectors: own,
    at(unit) {
      requireInteger('embedding.at', { unit }, 0, { atMost: count - 1 });
      const [start, end] = [offsets[unit] as number, offsets[unit + 1] as number];
      return { text: text.slice(start, end), start, end, vector: own.subarray(unit * width, (unit + 1) * width) };
    },
  });
  return {
    text,
    width,
    sentences: level(segments.sentences, vectors.sentences),
    paragraphs: level(segments.paragraphs, vectors.paragraphs),
    sections: level(segments.sections, vectors.sections),
    windows: read,
    pooling,
  };
}
