import { readSafetensors, type SafetensorsEntry, type SafetensorsTensor, writeSafetensors } from '@longspan/core-tensor';
import { errorsOf, type FileError, inNameOf, requireKind, requireKnown, show, stamped, typeName } from '@longspan/core-tensor/error';
import type { HeadingRule, TextSegments, TextUnits } from '@longspan/hierarchical';
import * as z from 'zod/mini';
import { sinkAtPath } from '#files';
import { writeError } from '../../pretrained/write-error.ts';
import type { LevelVectors, ProjectedVectors } from '../embed/level-vectors.ts';
import type { ReadDocument } from '../embed/read-document.ts';
import { withSentences } from '../embed/tokenize.ts';
import { requireTextModel, type TextModel } from '../model/text-model.ts';
import { latePooling } from '../model/text-pooling.ts';
import { requireTokens } from '../source/text-tokenizer.ts';
import { settledWindows } from '../window/settled-windows.ts';
import { type DocumentIndex, indexOf, partsOf } from './document-index.ts';

const format = 'longspan.document-index';

const levels = ['sentences', 'paragraphs', 'sections'] as const satisfies readonly (keyof LevelVectors)[];
const { file: fileError } = errorsOf('openIndex');

const describedSchema = z.object({
  length: z.number(),
  overlap: z.number(),
  width: z.number(),
  pooling: z.optional(z.literal('mean')),
  locale: z.optional(z.string()),
});

/**
 * The bytes of an index, one safetensors file: the text, its units, its tokens and a vector a sentence; from these all else follows. The same
 * index gives the same bytes.
 * @cost one copy: for each character 2 bytes, for each token 12, for each word 4, for each sentence 4 · width
 * @example
 * const encode = (text) => ({
 *   ids: Int32Array.from(text, (sign) => sign.charCodeAt(0) % 99), // each character is a token
 *   offsets: Uint32Array.from({ length: 2 * text.length }, (_, at) => (at + 1) >> 1),
 * });
 * const config = { vocabSize: 99, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const tokenizer = { encode, template: { single: { before: [], after: [] } } };
 * const model = { model: bertModel(config), parameters: bertModel(config).init(createKey(0)), tokenizer };
 * const index = await createIndex('It rains.', model, { locale: 'en' });
 * openIndex(indexFile(index), index.model).text; // => 'It rains.'
 */
export function indexFile(index: DocumentIndex): Uint8Array<ArrayBuffer> {
  const { document, settings, options } = partsOf('indexFile', index);
  const { segments, tokens, means, width, projected } = document;
  const vectors = (level: keyof LevelVectors): SafetensorsTensor => {
    const values = projected?.[level] ?? new Float32Array(0);
    return { dtype: 'F32', shape: [segments[level].count, projected?.width ?? 0], values };
  };
  const integers = (values: Int32Array): SafetensorsTensor => ({ dtype: 'I32', shape: [values.length], values });
  const { text } = segments;
  return writeSafetensors({
    tensors: {
      text: { dtype: 'U16', shape: [text.length], values: Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)) },
      words: integers(segments.words.offsets),
      sentences: integers(segments.sentences.offsets),
      paragraphs: integers(segments.paragraphs.offsets),
      sections: integers(segments.sections.offsets),
      headings: { dtype: 'U8', shape: [segments.headings.length], values: segments.headings },
      ids: integers(tokens.ids),
      offsets: { dtype: 'U32', shape: [tokens.ids.length, 2], values: tokens.offsets },
      paragraph_tokens: integers(tokens.paragraphs),
      means: { dtype: 'F32', shape: [segments.sentences.count, width], values: means },
      ...(projected === undefined ? {} : Object.fromEntries(levels.map((level) => [`projected_${level}`, vectors(level)]))),
    },
    metadata: { format, index: JSON.stringify({ ...settings, width, locale: options.locale }) },
  });
}

/**
 * Writes an index into a file, aside and then renamed, so that a crash leaves the old one or the new one. In Node; a page keeps the bytes of
 * `indexFile`.
 * @param path of the file
 * @throws FileError where the place takes no file; what else writing throws
 * @cost that of indexFile
 */
export async function saveIndex(index: DocumentIndex, path: string): Promise<void> {
  const caller = 'saveIndex';
  partsOf(caller, index);
  requireKind(caller, 'path', path, 'text');
  const bytes = indexFile(index);
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  const [folder, name] = [at < 0 ? '.' : path.slice(0, at + 1), path.slice(at + 1)];
  if (name === '') {
    throw errorsOf(caller).config({
      problem: 'path must be that of a file.',
      expected: "'book.index.safetensors', say",
      got: JSON.stringify(path),
      remedy: 'give the folder and the name of the file.',
    });
  }
  const sink = sinkAtPath(caller, folder);
  try {
    await sink.write([{ name, size: bytes.length, chunks: once(bytes) }]);
  } catch (error) {
    throw writeError({ caller, what: 'index', where: sink.where, size: bytes.length }, error);
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/**
 * Reads an index that indexFile or saveIndex wrote, for the same model. Nothing of the document is read again.
 * @param bytes the whole file
 * @param options.heading the rule that the index was made with, where it was not the default: edits need it
 * @throws FileError for another file, one that contradicts itself, or one of vectors that are not the model's
 * @cost O(text + sentences · width); the bytes are held
 */
export function openIndex(
  bytes: Uint8Array | ArrayBuffer,
  model: TextModel,
  options: { readonly heading?: HeadingRule | undefined } = {},
): DocumentIndex {
  const caller = 'openIndex';
  requireTextModel(caller, model);
  requireKnown(caller, options, { heading: 'function' });
  const { heading } = options;
  if (!['ArrayBuffer', 'Uint8Array'].includes(typeName(bytes))) {
    throw fileError({
      problem: 'the file must be given as its bytes.',
      expected: 'a Uint8Array or an ArrayBuffer',
      got: show(bytes),
      remedy: 'read it first: openIndex(await readFile(path), model) in Node, openIndex(await file.arrayBuffer(), model) in a page.',
    });
  }
  const { metadata, tensors } = inNameOf(caller, () => readSafetensors(bytes));
  const described = describedBy(metadata);
  if (described === undefined) throw anotherFile(`format ${metadata['format'] ?? 'unknown'}`);
  const { length, overlap, width, locale, pooling } = described;
  const values = <D extends SafetensorsEntry['dtype']>(name: string, dtype: D) => valuesOf(tensors, name, dtype);
  const text = textOf(values('text', 'U16'));
  const units = (name: string): TextUnits => unitsOfFile(name, values(name, 'I32'), text.length);
  const segments: TextSegments = stamped({
    text,
    words: units('words'),
    sentences: units('sentences'),
    paragraphs: units('paragraphs'),
    sections: units('sections'),
    headings: values('headings', 'U8'),
  });
  requireNested(segments);
  const own = { ids: values('ids', 'I32'), offsets: values('offsets', 'U32'), paragraphs: values('paragraph_tokens', 'I32') };
  requireTokens(caller, own, text.length);
  requireBoundaries('paragraph_tokens', own.paragraphs, own.ids.length, segments.paragraphs.count);
  const means = values('means', 'F32');
  if (means.length !== segments.sentences.count * width)
    throw anotherFile(`${means.length} numbers for ${segments.sentences.count} sentences`);
  const tokens = withSentences(segments, own);
  const whole = { segments, tokens, windows: settledWindows(tokens, { length, overlap }), read: [], width, means };
  const { project } = latePooling(caller, model, pooling);
  const projected = project === undefined ? undefined : projectedIn(tensors, segments);
  const document: ReadDocument = projected === undefined ? whole : { ...whole, projected };
  return indexOf(document, model, { settings: { length, overlap, pooling }, options: { locale, heading } });
}

/** The vectors by the checkpoint's linear maps: a file without them is of another model. */
function projectedIn(tensors: Entries, segments: TextSegments): ProjectedVectors {
  const widths = levels.map((level) => tensors.get(`projected_${level}`)?.shape[1]);
  const width = widths[0] ?? 0;
  const [sentences, paragraphs, sections] = levels.map((level) => {
    const values = valuesOf(tensors, `projected_${level}`, 'F32');
    if (values.length !== segments[level].count * width)
      throw anotherFile(`${values.length} numbers for ${segments[level].count} ${level}`);
    return values;
  }) as [Float32Array, Float32Array, Float32Array];
  return { sentences, paragraphs, sections, width };
}

function describedBy(metadata: Readonly<Record<string, string>>): z.output<typeof describedSchema> | undefined {
  if (metadata['format'] !== format) return undefined;
  try {
    const result = z.safeParse(describedSchema, JSON.parse(metadata['index'] ?? ''));
    if (!result.success) return undefined;
    const { length, overlap, width } = result.data;
    const isWhole = [length, overlap, width].every((value) => Number.isSafeInteger(value) && value >= 0);
    return isWhole && length > 0 && overlap < length ? result.data : undefined;
  } catch {
    return undefined;
  }
}

type ValuesOf<D> = ReturnType<Extract<SafetensorsEntry, { readonly dtype: D }>['values']>;
type Entries = ReadonlyMap<string, SafetensorsEntry>;

/** The values of a tensor, copied where they are a view of the file. */
function valuesOf<D extends SafetensorsEntry['dtype']>(tensors: Entries, name: string, dtype: D): ValuesOf<D> {
  const entry = tensors.get(name);
  if (entry?.dtype !== dtype) throw anotherFile(entry === undefined ? `no tensor ${name}` : `${name} as ${entry.dtype}`);
  return entry.values() as ValuesOf<D>; // its dtype was asked for
}

/** Part by part: a call takes so many arguments only. */
function textOf(units: Uint16Array): string {
  const step = 2 ** 13;
  const parts: string[] = [];
  for (let at = 0; at < units.length; at += step) parts.push(String.fromCharCode(...units.subarray(at, at + step)));
  return parts.join('');
}

/** Units that cover a text of that length. */
function unitsOfFile(name: string, offsets: Int32Array, length: number): TextUnits {
  requireBoundaries(name, offsets, length);
  return stamped({ offsets, count: offsets.length - 1 });
}

function requireBoundaries(name: string, offsets: Int32Array, end: number, count = offsets.length - 1): void {
  const isAscending = offsets.every((offset, at) => at === 0 || offset >= (offsets[at - 1] as number));
  if (offsets[0] === 0 && offsets.length === count + 1 && count > 0 && offsets.at(-1) === end && isAscending) return;
  throw anotherFile(`${name} that do not cover the document`);
}

/** Throws unless each level is made of whole units of the one below. */
function requireNested({ words, sentences, paragraphs, sections, headings }: TextSegments): void {
  const levels = [words, sentences, paragraphs, sections];
  levels.forEach((upper, at) => {
    const below = levels[at - 1];
    if (below !== undefined && !areAmong(upper.offsets, below.offsets)) throw anotherFile('units that cross each other');
  });
  if (headings.length !== paragraphs.count) throw anotherFile(`${headings.length} marks of headings for ${paragraphs.count} paragraphs`);
}

function areAmong(few: Int32Array, many: Int32Array): boolean {
  let at = 0;
  return few.every((offset) => {
    while (at < many.length && (many[at] as number) < offset) at++;
    return many[at] === offset;
  });
}

const anotherFile = (got: string): FileError =>
  fileError({
    problem: 'the file must be the index of a document.',
    expected: `a safetensors file that saveIndex or indexFile wrote (format ${format})`,
    got,
    remedy: 'give that file whole, or make the index again: await createIndex(document, model).',
  });
