import { bucketOrder, drawRotations, hashBuckets } from '@longspan/attention-lsh';
import { createKey, type Key } from '@longspan/core-tensor';
import { randomNormal } from '@longspan/core-tensor/key';
import * as tf from '@tensorflow/tfjs-core';

export interface RecallRequest {
  /** Vectors around centres of their own, 8 each, or evenly over the sphere. */
  readonly kind: 'clusters' | 'uniform';
  readonly vectors: number;
  /** Numbers of one vector. */
  readonly size: number;
  readonly chunkLength: number;
  /** As many of the nearest vectors are looked for. */
  readonly nearest: number;
  /** Length of the vectors as queries. */
  readonly strength: number;
  readonly bucketCounts: readonly number[];
  /** Sets of vectors that are measured one after the other, each with rotations of its own. */
  readonly sets: number;
}

export interface Recall {
  /** For each bucket count, after 1 … 8 rounds: the share of the nearest vectors' attention that is kept. */
  readonly shares: readonly (readonly number[])[];
  /** Sets that were measured so far. */
  readonly sets: number;
}

/** Rounds of hashing, at the most. */
export const mostRounds = 8;
/** How far vectors of one cluster lie around its centre, which is as long as a vector of the normal distribution. */
const spread = 0.5;

/** Measures set after set, and tells after each what is known so far. */
export async function measureRecall(request: RecallRequest, tell: (so: Recall) => void): Promise<Recall> {
  const sums = request.bucketCounts.map(() => new Float64Array(mostRounds));
  let known: Recall = { shares: [], sets: 0 };
  for (let set = 0; set < request.sets; set++) {
    const key = createKey('recall').fold(set);
    const vectors = drawnVectors(key, request);
    const near = await nearestOf(vectors, request);
    for (const [at, bucketCount] of request.bucketCounts.entries()) {
      const order = await sortedBy(vectors, key.fold(bucketCount), bucketCount, request);
      keptByRounds(near, order, request.chunkLength).forEach((share, round) => {
        (sums[at] as Float64Array)[round] = ((sums[at] as Float64Array)[round] as number) + share;
      });
    }
    known = { shares: sums.map((each) => Array.from(each, (sum) => sum / (set + 1))), sets: set + 1 };
    tell(known);
  }
  return known;
}

/** Unit vectors, one after the other. */
function drawnVectors(key: Key, { kind, vectors: count, size }: RecallRequest): Float32Array {
  const vectors = randomNormal(key.fold('vectors'), count * size);
  if (kind === 'clusters') {
    const clusters = Math.ceil(count / 8);
    const centres = randomNormal(key.fold('centres'), clusters * size);
    // A member's number has nothing to do with its cluster's: positions say nothing here.
    for (let at = 0; at < vectors.length; at++) {
      const cluster = Math.floor(at / size) % clusters;
      vectors[at] = (centres[cluster * size + (at % size)] as number) + spread * (vectors[at] as number);
    }
  }
  for (let vector = 0; vector < count; vector++) {
    const own = vectors.subarray(vector * size, (vector + 1) * size);
    const norm = Math.hypot(...own);
    own.forEach((number, at) => {
      own[at] = number / norm;
    });
  }
  return vectors;
}

/** Of each vector the nearest others, and the weight that each gets. */
export interface Near {
  /** [n, most] */
  readonly others: Int32Array;
  /** [n, most] */
  readonly weights: Float32Array;
  readonly most: number;
}

async function nearestOf(vectors: Float32Array, { vectors: count, size, strength, nearest }: RecallRequest): Promise<Near> {
  const products = tf.tidy(() => {
    const x = tf.tensor2d(vectors, [count, size]);
    return tf.matMul(x, x, false, true);
  });
  const cosines = (await products.data()) as Float32Array;
  products.dispose();
  const most = Math.min(nearest, count - 1);
  const others = new Int32Array(count * most);
  const weights = new Float32Array(count * most);
  for (let vector = 0; vector < count; vector++) {
    const row = cosines.subarray(vector * count, (vector + 1) * count);
    let held = 0;
    const [own, cosine] = [others.subarray(vector * most, (vector + 1) * most), new Float64Array(most)];
    for (let other = 0; other < count; other++) {
      const here = row[other] as number;
      if (other === vector || (held === most && here <= (cosine[most - 1] as number))) continue;
      let at = held < most ? held++ : most - 1;
      for (; at > 0 && (cosine[at - 1] as number) < here; at--) {
        cosine[at] = cosine[at - 1] as number;
        own[at] = own[at - 1] as number;
      }
      cosine[at] = here;
      own[at] = other;
    }
    // Shares of the attention among the nearest: what all get together is divided out.
    const unscaled = cosine.map((each) => Math.exp(strength * (each - (cosine[0] as number))));
    const total = unscaled.reduce((sum, each) => sum + each, 0);
    weights.set(
      unscaled.map((each) => each / total),
      vector * most,
    );
  }
  return { others, weights, most };
}

/** [rounds, n]: the sorted lines of all rounds. */
async function sortedBy(
  vectors: Float32Array,
  key: Key,
  bucketCount: number,
  { vectors: count, size }: RecallRequest,
): Promise<Int32Array> {
  const order = tf.tidy(() => {
    const rotations = drawRotations(key, { heads: 1, headDim: size, rounds: mostRounds, bucketCount });
    return bucketOrder(hashBuckets(tf.tensor4d(vectors, [1, 1, count, size]), rotations, { bucketCount }));
  });
  const read = (await order.data()) as Int32Array;
  order.dispose();
  return read;
}

/**
 * The mean share of the nearest vectors' weight that lies on those that are met, after 1, 2 … rounds. A chunk meets itself and the one
 * before, in a circle through as many rounds as there are.
 */
export function keptByRounds({ others, weights, most }: Near, order: Int32Array, chunkLength: number): readonly number[] {
  const count = others.length / most;
  const rounds = order.length / count;
  const chunks = count / chunkLength;
  const chunkOf = new Int32Array(order.length);
  order.forEach((vector, place) => {
    chunkOf[Math.floor(place / count) * count + vector] = Math.floor((place % count) / chunkLength);
  });
  const last = chunks - 1;
  const shares = new Float64Array(rounds);
  for (let vector = 0; vector < count; vector++) {
    for (let at = vector * most; at < (vector + 1) * most; at++) {
      const other = others[at] as number;
      let isMet = false;
      for (let round = 0; round < rounds; round++) {
        const [own, its] = [chunkOf[round * count + vector] as number, chunkOf[round * count + other] as number];
        const isAfterLast = own === 0 && round > 0 && chunkOf[(round - 1) * count + other] === last;
        isMet ||= own === its || own === its + 1 || isAfterLast;
        // With as many rounds as this, the first chunk of all follows the last one of this round.
        const closes = chunkOf[vector] === 0 && its === last;
        if (isMet || closes) shares[round] = (shares[round] as number) + (weights[at] as number);
      }
    }
  }
  return Array.from(shares, (sum) => sum / count);
}

/** What sorting at random would keep, chunks of that length, after 1, 2 … rounds. */
export const keptByChance = (vectors: number, chunkLength: number): readonly number[] =>
  Array.from({ length: mostRounds }, (_, round) => 1 - (1 - Math.min(1, (2 * chunkLength - 1) / (vectors - 1))) ** (round + 1));
