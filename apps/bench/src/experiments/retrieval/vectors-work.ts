import { createIndex, type DocumentIndex, embedTexts, search, type TextModel } from '@longspan/models/documents';
import { miniLm, sentenceEncoder } from '../../models/text-models.ts';
import { startLongspan } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { type Cloze, language } from './cloze.ts';
import { clozeFor, ranksOf } from './find.ts';
import { defaultWeight, type Reading, type Vectors, type VectorsFigures, type VectorsInput, weights } from './input.ts';
import { ownVectors } from './own-vectors.ts';
import { fusedScores } from './ranks.ts';
import { wordScores } from './word-scores.ts';

/** Rows of length 1, one for each paragraph or query. */
type Rows = readonly Float32Array[];

/** Vectors of all paragraphs and queries, in each way that they are made. */
interface Read {
  readonly ways: readonly { readonly name: string; readonly paragraphs: Rows; readonly queries: Rows }[];
  readonly tokens: number;
  readonly cut: number;
  readonly index?: DocumentIndex;
}

/** Reads the book in one way, and finds the paragraph of every query by vectors alone and fused with BM25. */
export async function measureVectors(input: VectorsInput, reporter: Reporter): Promise<VectorsFigures> {
  const registration = await startLongspan();
  await reporter.started();
  const cloze = clozeFor(input);
  const scoresOf = wordScores(cloze.paragraphs);
  const bm25 = cloze.queries.map(({ text }) => scoresOf(text));
  const { ways, tokens, cut, index } = await read(input, cloze, reporter);
  const vectors = ways.map(({ name, paragraphs, queries }): Vectors => {
    const cosines = queries.map((query) => Float64Array.from(paragraphs, (paragraph) => dot(paragraph, query)));
    const fused = (weight: number) =>
      ranksOf(cloze, (query, first, end) =>
        fusedScores((cosines[query] as Float64Array).subarray(first, end), (bm25[query] as Float64Array).subarray(first, end), weight),
      );
    const alone = ranksOf(cloze, (query, first, end) => (cosines[query] as Float64Array).subarray(first, end));
    return { name, alone, fused: weights.map(fused) };
  });
  if (index !== undefined) await checkSearch(index, cloze, vectors[0] as Vectors);
  registration.unregister();
  return { kind: 'vectors', tokens, cut, vectors };
}

async function read({ model: name, reading, weights: folder }: VectorsInput, cloze: Cloze, reporter: Reporter): Promise<Read> {
  const queries = cloze.queries.map(({ text }) => text);
  const signs = (kind: string) => (done: number, total: number) =>
    reporter.progress({ done: (0.95 * done) / total, label: `${kind}, ${done} of ${total}` });
  if (name === 'USE lite') {
    const model = await sentenceEncoder();
    const own = (rows: Rows) => ownVectors(model, rows);
    if (reading.by === 'late chunking') {
      const found = await indexed(model, cloze, reading, signs('windows'));
      return { ...found, ways: [{ name: meanOfTokens, paragraphs: found.paragraphs, queries: await meansOf(model, queries) }] };
    }
    const { vectors, tokens, cut } = await lone(model, cloze.paragraphs, reading, signs('paragraphs'));
    const asked = await means(model, queries);
    return {
      tokens,
      cut,
      ways: [
        { name: meanOfTokens, paragraphs: vectors.map(unit), queries: asked.map(unit) },
        { name: itsOwn, paragraphs: await own(vectors), queries: await own(asked) },
      ],
    };
  }
  const long = reading.by === 'toLong' ? { window: reading.window, length: reading.length } : undefined;
  const model = await miniLm(folder as string, long);
  const asked = await meansOf(model, queries);
  if (reading.by === 'late chunking' || reading.by === 'toLong') {
    const found = await indexed(model, cloze, reading, signs('windows'));
    return { ...found, ways: [{ name: meanOfTokens, paragraphs: found.paragraphs, queries: asked }] };
  }
  const { vectors, tokens, cut } = await lone(model, cloze.paragraphs, reading, signs('paragraphs'));
  return { tokens, cut, ways: [{ name: meanOfTokens, paragraphs: vectors.map(unit), queries: asked }] };
}

const meanOfTokens = 'the mean of its tokens';
const itsOwn = "the model's own";

type Told = (done: number, total: number) => Promise<void>;

/** By `createIndex`, in windows of the whole text. */
async function indexed(
  model: TextModel,
  { text, paragraphs }: Cloze,
  { length, overlap }: { readonly length: number; readonly overlap: number },
  told: Told,
) {
  let last = Promise.resolve();
  const index = await createIndex(text, model, {
    locale: language,
    length,
    overlap,
    progress: ({ stage, done, total }) => {
      if (stage === 'read') last = told(done, total);
    },
  });
  await last;
  const { embedding, read: windows } = index;
  if (embedding.paragraphs.count !== paragraphs.length) throw new Error('the index must have the paragraphs of the task');
  const tokens = windows.reduce((sum, { tokens: { start, end } }) => sum + end - start, 0);
  const rows = paragraphs.map((_, at) => embedding.paragraphs.at(at).vector);
  return { index, paragraphs: rows, tokens, cut: 0 };
}

/** By `embedTexts`, each paragraph as if it stood alone; not of length 1 yet. */
async function lone(model: TextModel, paragraphs: readonly string[], reading: Reading, told: Told) {
  let cut = 0;
  const { tokenizer } = model;
  const { before, after } = tokenizer.template.single;
  const most = reading.by === 'lone paragraphs' ? reading.cut - before.length - after.length : Number.POSITIVE_INFINITY;
  const cutting: TextModel = {
    ...model,
    tokenizer: {
      ...tokenizer,
      async encode(text) {
        const { ids, offsets } = await tokenizer.encode(text);
        if (ids.length > most) cut++;
        return { ids: ids.subarray(0, most), offsets: offsets.subarray(0, 2 * most) };
      },
    },
  };
  const length = reading.by === 'lone paragraphs' ? reading.cut : reading.by === 'lone paragraphs in windows' ? reading.length : 0;
  const vectors: Float32Array[] = [];
  let tokens = 0;
  const step = 100;
  for (let at = 0; at < paragraphs.length; at += step) {
    const found = await embedTexts(paragraphs.slice(at, at + step), cutting, { normalise: false, length });
    vectors.push(...found.vectors);
    tokens += found.tokens;
    await told(vectors.length, paragraphs.length);
  }
  return { vectors, tokens, cut };
}

const means = async (model: TextModel, texts: readonly string[]): Promise<Rows> =>
  (await embedTexts(texts, model, { normalise: false })).vectors;
const meansOf = async (model: TextModel, texts: readonly string[]): Promise<Rows> => (await means(model, texts)).map(unit);

function unit(row: Float32Array): Float32Array {
  const length = Math.hypot(...row) || 1;
  return row.map((value) => value / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
}

/** What `search` finds must be what was ranked here: of some queries, the rank of their paragraph among its first ten; it leaves headings out. */
async function checkSearch(index: DocumentIndex, { queries }: Cloze, { fused }: Vectors): Promise<void> {
  const ours = fused[weights.indexOf(defaultWeight)]?.book ?? [];
  for (let query = 0; query < queries.length; query += Math.ceil(queries.length / 20)) {
    const { text, paragraph } = queries[query] as Cloze['queries'][number];
    const found = await search(index, text, { top: 10, weight: defaultWeight });
    const start = index.embedding.paragraphs.offsets[paragraph] as number;
    const end = index.embedding.paragraphs.offsets[paragraph + 1] as number;
    const rank = found.findIndex((each) => each.start >= start && each.end <= end) + 1;
    const own = Math.round(1 / (ours[query] as number));
    if (rank === 0 ? own <= 10 : rank > own)
      throw new Error(`wrong answer: search ranks the paragraph of query ${query} ${rank}, here it is ${own}`);
  }
}
