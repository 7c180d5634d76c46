import { drawRotations, hashBuckets } from '@longspan/attention-lsh';
import { attentionWeights, causal, cost, droppedMass, type Mask, sparseAttention } from '@longspan/attention-sparse';
import { type AttentionResult, createKey, crossEntropy, loadParameters, type Parameters } from '@longspan/core-tensor';
import { dispose, keep, mean, reshape, slice, softmax, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Progress } from '../../compute/job.ts';
import { startDevice } from '../../compute/start-device.ts';
import { bucketsFor, type MechanismId, maskOf, mechanismIds, rounds } from './mechanisms.ts';
import { type Passage, passageOf, type Segment } from './passage.ts';
import { type Inputs, type ReaderAbout, readerModel } from './reader-model.ts';

export interface LookRequest {
  /** The shown part of the text. */
  readonly shown: string;
  readonly language: string | undefined;
  /** Characters from its beginning. */
  readonly at: number;
  readonly context: number;
  /** From 0. */
  readonly layer: number;
  readonly budget: number;
}

/** What the model makes of the text before a word. */
export interface Reading {
  readonly segments: readonly Segment[];
  readonly chosen: number;
  /** Bytes that were read. */
  readonly length: number;
  readonly layers: number;
  readonly heads: number;
  /** [layers, heads, length]: how much of its attention each head of each layer gives to each byte, at the word's last byte. */
  readonly weights: Float32Array;
  /** What the model expects next, likeliest first. */
  readonly next: readonly { readonly byte: number; readonly probability: number }[];
  /** Bits that each byte after the first took, on average. */
  readonly bits: number;
  readonly milliseconds: number;
}

/** What a mechanism keeps of one layer's dense attention. */
export interface Kept {
  readonly id: MechanismId;
  /** The mask as code; undefined for lists. */
  readonly expression: string | undefined;
  /** For each head, the share of the mass at the word, and its mean over queries that lie evenly over what was read. */
  readonly atWord: readonly number[];
  readonly onAverage: readonly number[];
  /** Of the pairs that causal attention computes, those that the attention itself computes here. */
  readonly pairs: number;
  /** [heads, length]: 1 where the word's query sees the key. */
  readonly keeps: Uint8Array;
}

export interface Looked {
  readonly reading: Reading;
  readonly layer: number;
  readonly budget: number;
  readonly queries: number;
  readonly kept: readonly Kept[];
}

interface Layered extends Inputs {
  readonly whole: AttentionResult;
}

interface Read {
  readonly key: string;
  readonly reading: Reading;
  readonly layers: readonly Layered[];
}

interface Loaded {
  readonly about: ReaderAbout;
  readonly parameters: Parameters;
}

/** Queries over which a mechanism is averaged. */
const averaged = 96;

let loading: Promise<Loaded> | undefined;
let read: Read | undefined;

export const api = {
  async about(site: string): Promise<ReaderAbout> {
    return (await load(site)).about;
  },

  /** Reads the text before a word, and says what each mechanism would keep of one layer's attention. What was read before is kept. */
  async look(site: string, request: LookRequest, say: (progress: Progress) => void): Promise<Looked | undefined> {
    say({ label: 'Loading the model' });
    const loaded = await load(site);
    const { shown, language, at, context, budget } = request;
    const key = JSON.stringify([shown, language, at, context]);
    if (read?.key !== key) {
      const passage = passageOf(shown, at, context, language);
      if (passage === undefined) return undefined;
      say({ label: `Reading ${passage.bytes.length.toLocaleString('en')} bytes` });
      const made = await readPassage(loaded, passage, key);
      if (read !== undefined) forget(read);
      read = made;
    }
    const { reading, layers } = read;
    const layer = Math.min(request.layer, layers.length - 1);
    const queries = spread(reading.length, averaged);
    const kept: Kept[] = [];
    for (const [nth, id] of mechanismIds.entries()) {
      say({ label: `Comparing ${nth + 1} of ${mechanismIds.length} mechanisms`, share: nth / mechanismIds.length });
      kept.push(await compare(id, layers[layer] as Layered, { budget, queries, length: reading.length, heads: reading.heads }));
    }
    return { reading, layer, budget, queries: queries.length, kept };
  },
};

const load = (site: string): Promise<Loaded> => {
  loading ??= loadOnce(site).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
};

async function loadOnce(site: string): Promise<Loaded> {
  const fetched = async (name: string): Promise<Response> => {
    const answer = await fetch(new URL(`models/${name}`, site));
    if (!answer.ok) throw new Error(`The model could not be loaded (${name}). Is there a network? It is kept after the first visit.`);
    return answer;
  };
  // The processor's own: the model is small, and the numbers are then the same everywhere.
  const [about] = await Promise.all([
    fetched('reader.json').then((answer) => answer.json() as Promise<ReaderAbout>),
    startDevice(site, 'wasm'),
  ]);
  const bytes = await (await fetched(about.weights)).arrayBuffer();
  return { about, parameters: loadParameters(bytes, { layer: readerModel(about.size) }) };
}

async function readPassage({ about, parameters }: Loaded, { bytes, segments, chosen }: Passage, key: string): Promise<Read> {
  const begin = performance.now();
  const { layers: count, heads } = about.size;
  const length = bytes.length;
  const seen: Inputs[] = [];
  const model = readerModel(about.size, ({ q, k, v, score }) => {
    for (const term of score) if ('table' in term) keep(term.table as Tensor);
    seen.push({ q: keep(q), k: keep(k), v: keep(v), score });
  });
  const [probabilities, bitsOfAll] = tidy(() => {
    const ids = tensor2d(Int32Array.from(bytes), [1, length], 'int32');
    const logits = model.apply(parameters, ids);
    const targets = tensor2d(Int32Array.from([...bytes.subarray(1), -100]), [1, length], 'int32');
    return [softmax(reshape(slice(logits, [0, length - 1, 0], [1, 1, 256]), [256])), mean(crossEntropy(logits, targets))];
  }) as [Tensor, Tensor];
  const [likely, [nats = 0]] = [await probabilities.data(), await bitsOfAll.data()];
  dispose([probabilities, bitsOfAll]);
  const layers = seen.map((inputs): Layered => {
    const { q, k, v, score } = inputs;
    return { ...inputs, whole: sparseAttention(q, k, v, { mask: causal(), score }) };
  });
  const weights = new Float32Array(count * heads * length);
  for (const [at, { q, k, score, whole }] of layers.entries()) {
    const rows = await rowsOf({ q, k, score, whole }, [length - 1]);
    weights.set(rows, at * heads * length);
  }
  const next = Array.from(likely, (probability, byte) => ({ byte, probability }))
    .sort((left, right) => right.probability - left.probability)
    .slice(0, 6);
  const reading: Reading = {
    segments,
    chosen,
    length,
    layers: count,
    heads,
    weights,
    next,
    bits: length > 1 ? nats / Math.LN2 : Number.NaN,
    milliseconds: performance.now() - begin,
  };
  return { key, reading, layers };
}

function forget({ layers }: Read): void {
  for (const { q, k, v, score, whole } of layers) {
    dispose([q, k, v, whole.out, whole.logSumExp]);
    for (const term of score) if ('table' in term) dispose(term.table as Tensor);
  }
}

/** Dense rows of the softmax of some queries, [heads, queries, length]. */
async function rowsOf({ q, k, score, whole }: Omit<Layered, 'v'>, queries: readonly number[]): Promise<Float32Array> {
  const [, heads = 0, length = 0] = q.shape;
  const { keys, weights } = attentionWeights(q, k, { mask: causal(), score, logSumExp: whole.logSumExp, queries });
  const [keyOf, weightOf] = [await keys.data(), await weights.data()];
  const width = keys.shape.at(-1) as number;
  dispose([keys, weights]);
  const rows = new Float32Array(heads * queries.length * length);
  for (let row = 0; row < heads * queries.length; row++) {
    for (let at = row * width; at < (row + 1) * width; at++) {
      const key = keyOf[at] as number;
      if (key >= 0) rows[row * length + key] = weightOf[at] as number;
    }
  }
  return rows;
}

/** So many indices, evenly over the length, the last one among them. */
export const spread = (length: number, count: number): readonly number[] =>
  Array.from({ length: Math.min(length, count) }, (_, at) => Math.floor(((at + 1) * length) / Math.min(length, count)) - 1);

interface Comparison {
  readonly budget: number;
  readonly queries: readonly number[];
  readonly length: number;
  readonly heads: number;
}

const compare = (id: MechanismId, layer: Layered, by: Comparison): Promise<Kept> => {
  const mask = maskOf(id, by.budget, by.length);
  return mask === undefined ? byLists(id, layer, by) : byMask(id, mask, layer, by);
};

/** Exact at all queries: from the log-sum-exp under the mask and the whole one. */
async function byMask(
  id: MechanismId,
  mask: Mask,
  { q, k, v, score, whole }: Layered,
  { queries, length, heads }: Comparison,
): Promise<Kept> {
  const mass = tidy(() => droppedMass(sparseAttention(q, k, v, { mask, score }), whole, v).mass);
  const dropped = await mass.data();
  mass.dispose();
  const last = length - 1;
  const keeps = new Uint8Array(heads * length);
  for (let key = 0; key < length; key++)
    if (mask.allows(last, key)) for (let head = 0; head < heads; head++) keeps[head * length + key] = 1;
  const all = Array.from({ length: heads }, (_, head) => head);
  return {
    id,
    expression: mask.name,
    atWord: all.map((head) => 1 - (dropped[head * length + last] as number)),
    onAverage: all.map((head) => queries.reduce((sum, query) => sum + 1 - (dropped[head * length + query] as number), 0) / queries.length),
    pairs: cost(mask, { queryLength: length }).visitedPairs / ((length * (length + 1)) / 2),
    keeps,
  };
}

/** Exact at the chosen queries, from whole rows of the dense softmax: those of which keys a mechanism takes by what they hold. */
async function byLists(id: MechanismId, layer: Layered, { budget, queries, length, heads }: Comparison): Promise<Kept> {
  const rows = await rowsOf(layer, queries);
  const keepsOf = id === 'topk' ? topKeys(rows, queries, { budget, length }) : await bucketKeys(layer, queries, { budget, length, heads });
  const [atWord, onAverage]: [number[], number[]] = [[], []];
  const keeps = new Uint8Array(heads * length);
  let pairs = 0;
  for (let head = 0; head < heads; head++) {
    let sum = 0;
    let mass = 0;
    for (const [nth, query] of queries.entries()) {
      const seen = keepsOf(head, nth);
      mass = 0;
      for (let key = 0; key <= query; key++) {
        if (seen[key] !== 1) continue;
        pairs += 1;
        mass += rows[(head * queries.length + nth) * length + key] as number;
      }
      sum += mass;
      if (nth === queries.length - 1) keeps.set(seen, head * length);
    }
    atWord.push(Math.min(1, mass));
    onAverage.push(Math.min(1, sum / queries.length));
  }
  const causalPairs = heads * queries.reduce((sum, query) => sum + query + 1, 0);
  return { id, expression: undefined, atWord, onAverage, pairs: pairs / causalPairs, keeps };
}

type KeysOf = (head: number, nth: number) => Uint8Array;

/** The keys of the greatest weights. */
const topKeys =
  (rows: Float32Array, queries: readonly number[], { budget, length }: { readonly budget: number; readonly length: number }): KeysOf =>
  (head, nth) => {
    const query = queries[nth] as number;
    const row = rows.subarray((head * queries.length + nth) * length, (head * queries.length + nth) * length + query + 1);
    const best = Array.from(row.keys())
      .sort((left, right) => (row[right] as number) - (row[left] as number))
      .slice(0, budget);
    const seen = new Uint8Array(length);
    for (const key of best) seen[key] = 1;
    return seen;
  };

/** The keys that share a bucket with the query in one of the rounds; a query always sees itself. */
async function bucketKeys(
  { q, k }: Layered,
  queries: readonly number[],
  { budget, length, heads }: { readonly budget: number; readonly length: number; readonly heads: number },
): Promise<KeysOf> {
  const headDim = q.shape.at(-1) as number;
  const [ofQueries, ofKeys] = tidy(() => {
    const rotations = drawRotations(createKey(1), { heads, headDim, rounds, bucketCount: bucketsFor(budget, length) });
    return [hashBuckets(q, rotations), hashBuckets(k, rotations)];
  }) as [Tensor, Tensor];
  const [queryBuckets, keyBuckets] = [await ofQueries.data(), await ofKeys.data()];
  dispose([ofQueries, ofKeys]);
  return (head, nth) => {
    const query = queries[nth] as number;
    const seen = new Uint8Array(length);
    seen[query] = 1;
    for (let round = 0; round < rounds; round++) {
      const from = (head * rounds + round) * length;
      for (let key = 0; key <= query; key++) if (keyBuckets[from + key] === queryBuckets[from + query]) seen[key] = 1;
    }
    return seen;
  };
}
