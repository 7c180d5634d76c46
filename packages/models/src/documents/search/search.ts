import { ConfigError, inNameOf, requireInteger, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { segmentText, type TextSegments } from '@longspan/hierarchical';
import { requireSignal } from '../../pretrained/require-signal.ts';
import type { DocumentEmbedding } from '../embed/embed.ts';
import { embedTexts } from '../embed/embed-texts.ts';
import { latePooling } from '../model/text-pooling.ts';
import { hasVectors, partsOf } from './document-index.ts';
import { type Fusion, fuse } from './fuse.ts';
import { isHeadingAt, placeOf, type SectionPlace, sectionAt, type TextPlace } from './places.ts';
import { type SearchLevel, unitsOf, type WordIndex, type WordParts, wordPartsOf } from './word-index.ts';
import { firstFrom, wordScores, wordsBetween } from './word-scores.ts';

export interface SearchOptions {
  /** What is found: paragraphs by default. */
  readonly level?: SearchLevel | undefined;
  /** How many results at the most; 10 by default. */
  readonly top?: number | undefined;
  /** By vectors and words together by default; by one of them alone. */
  readonly by?: 'both' | 'vectors' | 'words' | undefined;
  /** How the two become one score; 'score' by default: see `fuse`. */
  readonly fusion?: Fusion | undefined;
  /** The vectors' share where scores are fused; 0.8 by default, which is measured: docs/measured/retrieval.md. */
  readonly weight?: number | undefined;
  /** How many of the best sections are looked into; all of them by default. */
  readonly sections?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SearchResult extends TextPlace {
  /** What results are ordered by; comparable within one search. */
  readonly score: number;
  /** The cosine of the query's vector and the unit's; undefined where words alone are searched. */
  readonly vector: number | undefined;
  /** BM25+ of the query's words in the unit; undefined where vectors alone are searched. */
  readonly bm25: number | undefined;
  /** The section that it stands in. */
  readonly section: SectionPlace;
  /** The sentence of it that fits best; of a sentence, itself. */
  readonly sentence: TextPlace;
}

/**
 * Finds what fits a query: the best sections, in these the best paragraphs, and in each its best sentence. Vectors and BM25 are fused, which
 * finds more than either: w · (cosine + 1) / (largest cosine + 1) + (1 − w) · bm25 / largest bm25, with w = 0.8.
 * @param index one of `createIndex`, or of `indexWords` with `by: 'words'`
 * @returns the best first, none overlapping another; by words alone none that has no word of the query; paragraphs and sentences that are headings
 *   are none, for `section` has them
 * @throws ConfigError when index, query or options cannot be right
 * @cost one pass of the model over the query, then O(units · width)
 * @source Bruch, Gai and Ingber 2023 (arXiv 2210.11934); Cormack, Clarke and Büttcher 2009 for `fusion: 'rank'`
 * @example
 * const encode = (text) => ({
 *   ids: Int32Array.from(text, (sign) => sign.charCodeAt(0) % 99), // each character is a token
 *   offsets: Uint32Array.from({ length: 2 * text.length }, (_, at) => (at + 1) >> 1),
 * });
 * const config = { vocabSize: 99, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const tokenizer = { encode, template: { single: { before: [], after: [] } } };
 * const model = { model: bertModel(config), parameters: bertModel(config).init(createKey(0)), tokenizer };
 * const index = await createIndex('# Rain\n\nIt rains. I wait.\n\n# Sun\n\nIt shines.', model, { locale: 'en' });
 * const [best] = await search(index, 'wait', { by: 'words' });
 * [best.text, best.sentence.text, best.section.heading]; // => ['It rains. I wait.', 'I wait.', '# Rain']
 */
export async function search(index: WordIndex, query: string, options: SearchOptions = {}): Promise<readonly SearchResult[]> {
  const caller = 'search';
  const own = wordPartsOf(caller, index);
  requireKind(caller, 'query', query, 'text');
  const { level, top, by, sections, ...how } = settingsOf(caller, options);
  if (query.trim() === '') return []; // nothing is asked
  const words = by === 'vectors' ? undefined : queryWords(caller, query, own);
  const vector = by === 'words' ? undefined : await queryVector(caller, query, index, options);
  options.signal?.throwIfAborted();
  const asked: Asked = { words, vector, ...how };
  const { segments } = index;
  const units = unitsOf(segments, level);
  const wanted = sections === undefined ? undefined : new Set(bestOf(scored(own, 'section', asked).scores, { top: sections }));
  const isWanted = (unit: number): boolean => {
    const place = units.offsets[unit] as number;
    if (placeOf(segments.text, units, unit).text === '' || (level !== 'section' && isHeadingAt(segments, place))) return false;
    return wanted === undefined || wanted.has(sectionAt(segments, place).number);
  };
  const found = scored(own, level, asked);
  const best = bestOf(found.scores, { top, floor: by === 'words' ? 0 : undefined, isWanted });
  const sentences = level === 'sentence' ? best : bestSentences(index.segments, { level, units: best }, asked);
  return best.map((unit, at) => ({
    ...placeOf(segments.text, units, unit),
    score: found.scores[unit] as number,
    vector: found.vector?.[unit],
    bm25: found.bm25?.[unit],
    section: sectionAt(segments, units.offsets[unit] as number).place,
    sentence: placeOf(segments.text, segments.sentences, sentences[at] as number),
  }));
}

interface Scored {
  readonly scores: Float64Array;
  readonly vector: Float64Array | undefined;
  readonly bm25: Float64Array | undefined;
}

interface Asked {
  readonly words: readonly string[] | undefined;
  readonly vector: QueryVector | undefined;
  readonly fusion: Fusion;
  readonly weight: number;
}

/** The vector of the query, and those that it is held against. */
interface QueryVector {
  readonly values: Float32Array;
  readonly embedding: DocumentEmbedding;
}

function scored(own: WordParts, level: SearchLevel, { words, vector, ...how }: Asked): Scored {
  const bm25 = words === undefined ? undefined : own.words(level).of(words);
  const cosines = vector === undefined ? undefined : cosinesOfLevel(vector, level);
  return { scores: together(cosines, bm25, how), vector: cosines, bm25 };
}

function together(cosines: Float64Array | undefined, bm25: Float64Array | undefined, how: Pick<Asked, 'fusion' | 'weight'>): Float64Array {
  if (cosines === undefined) return bm25 ?? new Float64Array(0);
  return bm25 === undefined ? cosines : fuse(cosines, bm25, how);
}

function cosinesOfLevel({ values, embedding }: QueryVector, level: SearchLevel): Float64Array {
  const { vectors, count } = embedding[`${level}s`];
  return cosinesOf(vectors, count, values);
}

/** Of rows of length 1. */
function cosinesOf(vectors: Float32Array, count: number, query: Float32Array): Float64Array {
  const width = query.length;
  const cosines = new Float64Array(count);
  for (let unit = 0; unit < count; unit++) {
    let sum = 0;
    for (let feature = 0; feature < width; feature++) sum += (vectors[unit * width + feature] as number) * (query[feature] as number);
    cosines[unit] = sum;
  }
  return cosines;
}

/** The units with the largest scores above the floor, the largest first; of equals the earlier one. */
function bestOf(
  scores: Float64Array,
  {
    top,
    floor = Number.NEGATIVE_INFINITY,
    isWanted = () => true,
  }: { readonly top: number; readonly floor?: number | undefined; readonly isWanted?: (unit: number) => boolean },
): readonly number[] {
  const better = (a: number, b: number): number => (scores[b] as number) - (scores[a] as number) || a - b;
  const order = Array.from(scores.keys()).filter((unit) => (scores[unit] as number) > floor);
  const best: number[] = [];
  for (const unit of order.sort(better)) {
    if (best.length === top) break;
    if (isWanted(unit)) best.push(unit);
  }
  return best;
}

/** For each unit that was found the sentence of it that fits best; their words are weighed among themselves. */
function bestSentences(
  segments: TextSegments,
  { level, units }: { readonly level: SearchLevel; readonly units: readonly number[] },
  { words, vector, ...how }: Asked,
): readonly number[] {
  const { offsets } = unitsOf(segments, level);
  const { sentences } = segments;
  const each = units.map((unit) => {
    const [first, end] = [offsets[unit], offsets[unit + 1]].map((place) => firstFrom(sentences, place as number)) as [number, number];
    return Array.from({ length: Math.max(1, end - first) }, (_, at) => first + at);
  });
  const all = each.flat();
  const wordsOf = (at: number) => wordsBetween(segments, sentences.offsets[at] as number, sentences.offsets[at + 1] as number);
  const bm25 = words === undefined ? undefined : wordScores(all.map(wordsOf)).of(words);
  const cosineOf = (at: number, { values, embedding: { sentences, width } }: QueryVector) =>
    cosinesOf(sentences.vectors.subarray(at * width, (at + 1) * width), 1, values)[0] as number;
  const scores = together(vector === undefined ? undefined : Float64Array.from(all, (at) => cosineOf(at, vector)), bm25, how);
  let from = 0;
  return each.map((range) => {
    const own = scores.subarray(from, from + range.length);
    from += range.length;
    return range[own.indexOf(Math.max(...own))] as number;
  });
}

/** The words of the query, cut in the language of the document. */
function queryWords(caller: string, query: string, { options: { locale } }: WordParts): readonly string[] {
  return wordsBetween(
    inNameOf(caller, () => segmentText(query, { locale })),
    0,
    query.length,
  );
}

/** The vector of the query by the model of the index; undefined where the document has no token. */
async function queryVector(caller: string, query: string, index: WordIndex, { signal }: SearchOptions): Promise<QueryVector | undefined> {
  if (!hasVectors(index)) throw noVectors(caller);
  const { model, embedding } = index;
  if (embedding.width === 0) return undefined;
  const { before, after } = model.tokenizer.template.single;
  const { settings } = partsOf(caller, index);
  const length = settings.length + before.length + after.length;
  const { query: pooling } = latePooling(caller, model, settings.pooling);
  const [values] = (await embedTexts([query], model, { ...pooling, length, signal })).vectors as [Float32Array];
  if (values.length === embedding.width) return { values, embedding };
  throw new ConfigError({
    caller,
    problem: 'an index must be searched by the model that it was made with.',
    expected: `vectors of ${embedding.width} numbers`,
    got: `${values.length}`,
    remedy: 'give openIndex that model, or make the index again.',
  });
}

const noVectors = (caller: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'an index of words alone must be searched by words.',
    expected: "by: 'words'",
    got: 'a search by vectors',
    remedy: "write { by: 'words' }, or give await createIndex(document, model).",
  });

const levels: readonly SearchLevel[] = ['section', 'paragraph', 'sentence'];
const systems = ['both', 'vectors', 'words'] as const;
const fusions: readonly Fusion[] = ['score', 'rank'];

function settingsOf(caller: string, options: SearchOptions) {
  requireKnown(caller, options, { level: true, top: true, by: true, fusion: true, weight: 'amount', sections: true, signal: true });
  const { level = 'paragraph', top = 10, by = 'both', fusion = 'score', weight = 0.8, sections, signal } = options;
  requireOneOf(caller, 'level', level, levels);
  requireOneOf(caller, 'by', by, systems);
  requireOneOf(caller, 'fusion', fusion, fusions);
  requireInteger(caller, { top, sections: sections ?? 1 }, 1);
  requireSignal(caller, signal);
  if (weight > 1) {
    throw new ConfigError({
      caller,
      problem: 'weight must be from 0 to 1.',
      expected: "the vectors' share, 0 to 1",
      got: show(weight),
      remedy: "leave it out; for vectors or words alone write by: 'vectors' or by: 'words'.",
    });
  }
  return { level, top, by, fusion, weight, sections };
}

function requireOneOf<Value extends string>(caller: string, name: string, value: Value, all: readonly Value[]): void {
  if (all.includes(value)) return;
  throw new ConfigError({
    caller,
    problem: `${name} must be one of ${all.join(', ')}.`,
    expected: all.map((each) => `'${each}'`).join(', '),
    got: show(value),
    remedy: `leave ${name} out, or write one of these.`,
  });
}
