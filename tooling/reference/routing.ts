import { stopGradient } from '@longspan/core-tensor';
import {
  add,
  addN,
  argMax,
  broadcastTo,
  concat,
  div,
  expandDims,
  greater,
  matMul,
  mean,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tile,
  where,
} from '@tensorflow/tfjs-core';
import { scoresOf, softmaxAttention } from './attention/softmax-attention.ts';
import { type Choices, choicesOf, type Numbers, upTo } from './numbers/numbers.ts';
import { oneHots } from './numbers/table.ts';

// The Routing Transformer (Roy et al. 2020, "Efficient Content-Based Sparse Attention with Routing Transformers", arXiv:2003.05997), §4.1.

/** Each vector over its length. */
export const unit = (x: Tensor): Tensor => div(x, sqrt(sum(square(x), -1, true)));

/** How similar each vector is to each centroid of its head: x [b, h, n, d]; centroids [h, clusters, d] -> [b, h, n, clusters]. */
export function routingSimilarities(x: Tensor, centroids: Tensor): Tensor {
  return scoresOf(x, forAllRows(centroids, x), { scale: 1 });
}

const forAllRows = (centroids: Tensor, x: Tensor): Tensor => tile(expandDims(centroids, 0), [x.shape[0] as number, 1, 1, 1]);

/** The tokens that lie nearest to each centroid, the nearest first. @param similarities [b, h, clusters, n] */
export const routingMembers = (similarities: Numbers, windowSize: number): Choices =>
  choicesOf(similarities, (row) =>
    [...row.keys()].sort((one, other) => (row[other] as number) - (row[one] as number)).slice(0, windowSize),
  );

/** 1 for the centroid that is nearest, the first of equals: [b, h, n, clusters]. */
const nearest = (x: Tensor, centroids: Tensor): Tensor =>
  oneHots(argMax(routingSimilarities(stopGradient(x), centroids), 3), centroids.shape[1] as number);

/** commitment · the mean squared distance of unit vectors from their nearest centroids. */
export const routingLoss = (x: Tensor, centroids: Tensor, commitment: number): Tensor =>
  mul(mean(square(sub(x, matMul(nearest(x, centroids), forAllRows(centroids, x))))), commitment);

/** decay · old + (1 − decay) · the unit vector along the sum of what is nearest; where nothing is, the centroid stays. */
export function movedCentroids(x: Tensor, centroids: Tensor, decay: number): Tensor {
  const own = nearest(x, centroids);
  const sums = sum(matMul(own, x, true, false), 0);
  const isTaken = broadcastTo(expandDims(greater(sum(own, [0, 2]), 0), 2), sums.shape);
  const moved = where(isTaken, unit(where(isTaken, sums, centroids)), centroids);
  return add(mul(centroids, decay), mul(moved, 1 - decay));
}

export interface RoutingMembers {
  /** The tokens that each cluster took as queries and as keys: [b][h][cluster]. */
  readonly queries: Choices;
  readonly keys: Choices;
  /** Keys and values that each cluster learned, visible to all that it took: [h, clusters, m, d]. */
  readonly memory?: { readonly keys: Tensor; readonly values: Tensor } | undefined;
}

export interface RoutingRules {
  readonly causal?: boolean | undefined;
  /** The keys are the queries' unit vectors, and a token attends to itself only if nothing else. */
  readonly shared?: boolean | undefined;
  /** 1 for a token, 0 for padding, of each batch row. */
  readonly tokens?: readonly (readonly number[])[] | undefined;
}

/**
 * Each cluster's attention as a table of all pairs; a token's output is the mean over the clusters that took it. A query of padding takes
 * the mean of all keys of its cluster.
 */
export function routingAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  members: RoutingMembers,
  { causal, shared, tokens }: RoutingRules,
): Tensor {
  const [batch = 0, heads = 0, length = 0] = q.shape;
  const { memory } = members;
  const memories = memory?.keys.shape[2] ?? 0;
  const seenKeys = shared === true ? unit(k) : k;
  const isToken = (row: number, at: number): boolean => (tokens?.[row]?.[at] ?? 1) === 1;
  const taken = new Float32Array(batch * heads * length);
  const outs = upTo(members.keys[0]?.[0]?.length ?? 0, (cluster) => {
    const isVisible = (row: number, head: number, query: number, key: number): boolean =>
      has(members.keys, row, head, cluster, key) && isToken(row, query) && isToken(row, key) && !(causal === true && key > query);
    const attendedBy = (row: number, head: number, query: number): readonly number[] => {
      const keys = upTo(length, (key) => key).filter((key) => isVisible(row, head, query, key));
      const others = keys.filter((key) => key !== query);
      return shared === true && (others.length > 0 || memories > 0) ? others : keys;
    };
    const blind = new Float32Array(batch * heads * length * length);
    const counts = new Float32Array(batch * heads * length * (length + memories));
    for (let at = 0; at < batch * heads * length; at++) {
      const [row, head, query] = [Math.floor(at / (heads * length)), Math.floor(at / length) % heads, at % length];
      if (!has(members.queries, row, head, cluster, query)) continue;
      taken[at] = (taken[at] as number) + 1;
      const keys = [...attendedBy(row, head, query), ...upTo(memories, (memory) => length + memory)];
      for (const key of keys) counts[at * (length + memories) + key] = 1;
      const all = members.keys[row]?.[head]?.[cluster] ?? [];
      if (keys.length === 0 && !isToken(row, query)) for (const key of all) blind[at * length + key] = 1 / all.length;
    }
    const { out } = softmaxAttention(q, withMemory(seenKeys, memory?.keys, cluster), withMemory(v, memory?.values, cluster), {
      counts: tensor(counts, [batch, heads, length, length + memories]),
    });
    return add(out, matMul(tensor(blind, [batch, heads, length, length]), v));
  });
  return div(addN(outs), add(tensor(taken, [batch, heads, length, 1]), 1e-5));
}

const has = (choices: Choices, row: number, head: number, cluster: number, token: number): boolean =>
  choices[row]?.[head]?.[cluster]?.includes(token) ?? false;

/** x and after it what the cluster learned, the same for all batch rows. */
function withMemory(x: Tensor, learned: Tensor | undefined, cluster: number): Tensor {
  if (learned === undefined) return x;
  const [heads = 0, , count = 0, width = 0] = learned.shape;
  const own = reshape(slice(learned, [0, cluster, 0, 0], [heads, 1, count, width]), [1, heads, count, width]);
  return concat([x, tile(own, [x.shape[0] as number, 1, 1, 1])], 2);
}
