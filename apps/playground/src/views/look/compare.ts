import { drawRotations, hashBuckets } from '@longspan/attention-lsh';
import { cost, droppedMass, type Mask, sparseAttention } from '@longspan/attention-sparse';
import { createKey } from '@longspan/core-tensor';
import { dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { bucketsFor, type MechanismId, maskOf, rounds } from './mechanisms.ts';
import { type Layered, rowsOf } from './reading.ts';

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

/** So many indices, evenly over the length, the last one among them. */
export const spread = (length: number, count: number): readonly number[] =>
  Array.from({ length: Math.min(length, count) }, (_, at) => Math.floor(((at + 1) * length) / Math.min(length, count)) - 1);

export interface Comparison {
  readonly budget: number;
  readonly queries: readonly number[];
  readonly length: number;
  readonly heads: number;
}

/** What a mechanism keeps of a layer's dense attention, at some queries, the last of which is that of the word. */
export const compare = (id: MechanismId, layer: Layered, by: Comparison): Promise<Kept> => {
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
