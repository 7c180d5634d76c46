import { add, concat, mean, mul, neg, reshape, rsqrt, square, type Tensor, tensor, tile, transpose } from '@tensorflow/tfjs-core';
import { inHeads, joinedHeads } from './attention/heads.ts';
import { visiblePairs } from './attention/pairs.ts';
import { scoresOf, softmaxAttention } from './attention/softmax-attention.ts';
import { project } from './layer/linear.ts';
import { multiHeadAttention } from './layer/multi-head-attention.ts';
import type { Weights } from './layer/weights.ts';
import type { Choices } from './numbers/numbers.ts';

// The Reformer (Kitaev et al. 2020, "Reformer: The Efficient Transformer", arXiv:2001.04451), §2, in the names of Hugging Face.

export interface ChunkSight {
  readonly chunkLength: number;
  readonly chunksBefore: number;
  readonly chunksAfter: number;
  readonly causal: boolean;
  /** For each batch row: 1 for a token, 0 for padding; all are tokens by default. */
  readonly marks?: readonly ArrayLike<number>[] | undefined;
}

/**
 * How often each query meets each key, [b, h, n, n], in plain loops: the tokens of all rounds in one line, sorted by round, bucket and
 * position, cut into chunks that lie in a circle; every copy of a token counts. A token meets itself only where it meets nothing else.
 * @param buckets [b][h][round][n]
 */
export function lshMeetings(buckets: Choices, { chunkLength, chunksBefore, chunksAfter, causal, marks }: ChunkSight): Tensor {
  const [batch, heads, length] = [buckets.length, buckets[0]?.length ?? 0, buckets[0]?.[0]?.[0]?.length ?? 0];
  const all = new Float32Array(batch * heads * length * length);
  buckets.flat().forEach((rounds, at) => {
    const counts = all.subarray(at * length * length, (at + 1) * length * length);
    const count = (query: number, key: number): number => counts[query * length + key] as number;
    const line = rounds.flatMap((ofRound, round) => ofRound.map((bucket, position) => ({ round, bucket, position })));
    line.sort((a, b) => a.round - b.round || a.bucket - b.bucket || a.position - b.position);
    const chunks = line.length / chunkLength;
    line.forEach(({ position: query }, place) => {
      for (let step = -chunksBefore; step <= chunksAfter; step++) {
        const chunk = (((Math.floor(place / chunkLength) + step) % chunks) + chunks) % chunks;
        for (const { position: key } of line.slice(chunk * chunkLength, (chunk + 1) * chunkLength)) {
          const isHidden = (causal && key > query) || marks?.[Math.floor(at / heads)]?.[key] === 0;
          if (key !== query && !isHidden) counts[query * length + key] = count(query, key) + 1;
        }
      }
    });
    for (let query = 0; query < length; query++) {
      if (counts.subarray(query * length, (query + 1) * length).every((each) => each === 0)) counts[query * length + query] = 1;
    }
  });
  return tensor(all, [batch, heads, length, length]);
}

/** Shared query-key attention over keys that count several times: the keys are the queries, as long as 1, and there is no other scale. */
export function lshAttention(x: Tensor, value: Tensor, counts: Tensor): Tensor {
  const headDim = x.shape[3] as number;
  const keys = mul(x, mul(rsqrt(add(mean(square(x), 3, true), 1e-6)), 1 / Math.sqrt(headDim)));
  return softmaxAttention(x, keys, value, { counts, scale: 1 }).out;
}

/**
 * Angular hashing: [xR; −xR] for each round; the bucket is where it is largest.
 * @shape x [b, h, n, d]; rotations [h, d, rounds, directions] -> [b, h, rounds, n, 2 · directions]
 */
export function lshDirections(x: Tensor, rotations: Tensor): Tensor {
  const [batch = 0, heads = 0, length = 0, headDim = 0] = x.shape;
  const [, , rounds = 0, directions = 0] = rotations.shape;
  const ofRows = tile(reshape(transpose(rotations, [0, 2, 3, 1]), [1, heads, rounds * directions, headDim]), [batch, 1, 1, 1]);
  const turned = reshape(transpose(scoresOf(x, ofRows, { scale: 1 }), [0, 1, 3, 2]), [batch, heads, rounds, directions, length]);
  return transpose(concat([turned, neg(turned)], 3), [0, 1, 2, 4, 3]);
}

/** The layer of LSH attention: one projection for queries and keys. */
export function reformerAttention(
  weights: Weights,
  hidden: Tensor,
  { heads, counts }: { readonly heads: number; readonly counts: Tensor },
): Tensor {
  const part = (name: string): Tensor => inHeads(project(weights, name, hidden), heads);
  return joinedHeads(lshAttention(part('query_key'), part('value'), counts));
}

/** The layer of local attention: a chunk attends to itself and its neighbours in the circle of chunks. */
export function reformerLocalAttention(
  weights: Weights,
  hidden: Tensor,
  { heads, ...sight }: ChunkSight & { readonly heads: number },
): Tensor {
  const { chunkLength, chunksBefore, chunksAfter, causal, marks } = sight;
  const [batch = 0, length = 0] = hidden.shape;
  const chunks = length / chunkLength;
  const isNear = (query: number, key: number): boolean => {
    const ahead = (Math.floor(key / chunkLength) - Math.floor(query / chunkLength) + chunks) % chunks;
    return ahead <= chunksAfter || chunks - ahead <= chunksBefore;
  };
  const counts = visiblePairs(
    { batch, queries: length, keys: length },
    ({ batch: row, query, key }) => isNear(query, key) && !(causal && key > query) && (marks?.[row]?.[key] ?? 1) === 1,
  );
  return multiHeadAttention(weights, { queries: hidden, heads }, { counts });
}
