import { drawRotations, hashBuckets, lshAttention, reformerAttention, reformerLocalAttention } from '@longspan/attention-lsh';
import { randomBits, stopGradient } from '@longspan/core-tensor';
import {
  add,
  concat,
  div,
  max,
  mean,
  mul,
  neg,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tile,
  transpose,
} from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { type CheckText, checkSizes, type Mechanism } from './mechanism.ts';
import { attend, attendBy, inHeads, joinedHeads, oneHots, project, scoresOf, seenPairs } from './stock.ts';

const { batch, n, heads, headDim, valueDim } = checkSizes;
const width = heads * headDim;
/** 13 chunks. */
const chunkLength = 17;
const rounds = 2;

/** Row 1 ends with padding. */
const attentionMask = [n, n - 30].map((length) => Int32Array.from({ length: n }, (_, token) => Number(token < length)));

interface Chunks {
  readonly before: number;
  readonly after: number;
  readonly causal: boolean;
  readonly isPadded?: boolean;
}

/** Buckets [b][h][round][n]. */
type Buckets = readonly (readonly (readonly (readonly number[])[])[])[];

/**
 * How often each query meets each key, in plain loops: the tokens of all rounds in one line, sorted by round, bucket and position, cut
 * into chunks that lie in a circle. A token meets itself only where it meets nothing else.
 */
function meetings(buckets: Buckets, { before, after, causal, isPadded = false }: Chunks): Tensor {
  const counts = new Float32Array(batch * heads * n * n);
  buckets.flat().forEach((ofHead, row) => {
    const line = ofHead.flatMap((ofRound, round) => ofRound.map((bucket, position) => ({ round, bucket, position })));
    line.sort((a, b) => a.round - b.round || a.bucket - b.bucket || a.position - b.position);
    const chunks = line.length / chunkLength;
    const own = counts.subarray(row * n * n, (row + 1) * n * n);
    line.forEach(({ position: query }, at) => {
      for (let step = -before; step <= after; step++) {
        const chunk = (Math.floor(at / chunkLength) + step + chunks) % chunks;
        for (const { position: key } of line.slice(chunk * chunkLength, (chunk + 1) * chunkLength)) {
          const isHidden = (causal && key > query) || (isPadded && attentionMask[Math.floor(row / heads)]?.[key] === 0);
          if (key !== query && !isHidden) own[query * n + key] = (own[query * n + key] as number) + 1;
        }
      }
    });
    for (let query = 0; query < n; query++) {
      if (own.subarray(query * n, (query + 1) * n).every((count) => count === 0)) own[query * n + query] = 1;
    }
  });
  return tensor(counts, [batch, heads, n, n]);
}

/** Shared query-keys: keys of length 1, and no other scale. */
function countedAttention(x: Tensor, value: Tensor, counts: Tensor): Tensor {
  const keys = div(x, mul(sqrt(add(mean(square(x), 3, true), 1e-6)), Math.sqrt(headDim)));
  return attend(x, keys, value, { counts, scale: 1 });
}

/** Buckets of every token for the rounds, drawn; those of a round are numbered from `round · 6` on. */
function drawnBuckets({ key }: CheckText): Buckets {
  const bits = randomBits(key.fold('buckets'), batch * heads * rounds * n);
  let at = 0;
  const list = <Value>(length: number, make: (index: number) => Value): Value[] => Array.from({ length }, (_, index) => make(index));
  return list(batch, () => list(heads, () => list(rounds, (round) => list(n, () => ((bits[at++] as number) % 6) + 6 * round))));
}

const replayed: Mechanism = {
  name: 'lshAttention, buckets given, 2 rounds, causal',
  against: 'dense, each key as often as it is met',
  prepare(text) {
    const drawn = drawnBuckets(text);
    const buckets = tensor(drawn.flat(3), [batch, heads, rounds, n], 'int32');
    const counts = meetings(drawn, { before: 1, after: 0, causal: true });
    return {
      inputs: [text.heads('x', {}), text.heads('v', { dim: valueDim })],
      ours: (x, v) => [lshAttention(x, v, { chunkLength, causal: true, buckets }).out],
      reference: (x, v) => [countedAttention(x, v, counts)],
    };
  },
};

/** What [xR; −xR] is for each round and bucket: [b, h, rounds, n, 2 · directions]. */
function ends(x: Tensor, rotations: Tensor): Tensor {
  const directions = rotations.shape[3] as number;
  const ofRows = tile(reshape(transpose(rotations, [0, 2, 3, 1]), [1, heads, rounds * directions, headDim]), [batch, 1, 1, 1]);
  const turned = reshape(transpose(scoresOf(x, ofRows, { scale: 1 }), [0, 1, 3, 2]), [batch, heads, rounds, directions, n]);
  return transpose(concat([turned, neg(turned)], 3), [0, 1, 2, 4, 3]);
}

const hashed: Mechanism = {
  name: 'lshAttention, hashed, 2 rounds of 8 buckets',
  against: 'dense over the buckets it returns; these against arg max [xR; −xR]',
  async prepare(text) {
    const [x, v] = [text.heads('x', {}), text.heads('v', { dim: valueDim })];
    const rotations = drawRotations(text.key, { heads, headDim, rounds, buckets: 8 });
    const options = { chunkLength, chunksAfter: 1, rotations };
    const first = hashBuckets(x, rotations);
    const counts = meetings((await first.array()) as number[][][][], { before: 1, after: 1, causal: false });
    first.dispose();
    const starts = tensor([0, 8], [1, 1, rounds, 1], 'int32');
    return {
      inputs: [x, v],
      ours(x, v) {
        const { out, buckets } = lshAttention(x, v, options);
        const chosen = oneHots(sub(buckets as Tensor, starts), 8);
        return [out, sum(mul(ends(stopGradient(x), rotations), chosen), 4)];
      },
      reference: (x, v) => [countedAttention(x, v, counts), max(ends(stopGradient(x), rotations), 4)],
    };
  },
};

const lshLayer: Mechanism = {
  name: 'reformerAttention, buckets given, padding',
  against: 'the same layer, dense, each key as often as it is met',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = reformerAttention({ width, heads, chunkLength, rounds, chunksAfter: 1 });
    const drawn = drawnBuckets(text);
    const buckets = tensor(drawn.flat(3), [batch, heads, rounds, n], 'int32');
    const counts = meetings(drawn, { before: 1, after: 1, causal: false, isPadded: true });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, { hidden, buckets, attentionMask }).hidden,
      (parameters, hidden) => {
        const [queryKey, value] = ['query_key', 'value'].map((name) => inHeads(project(parameters, name, hidden), heads));
        return joinedHeads(countedAttention(queryKey as Tensor, value as Tensor, counts));
      },
    );
  },
};

const chunkOf = (token: number): number => Math.floor(token / chunkLength);
const chunkCount = n / chunkLength;

const localLayers = [
  {
    name: 'reformerLocalAttention, causal',
    config: { causal: true },
    isSeen: (query: number, key: number) => key <= query && chunkOf(query) - chunkOf(key) <= 1,
  },
  {
    name: 'reformerLocalAttention, both sides, padding',
    config: { chunksAfter: 1 },
    // Chunks lie in a circle.
    isSeen: (query: number, key: number) => [0, 1, chunkCount - 1].includes(Math.abs(chunkOf(query) - chunkOf(key))),
  },
].map(
  ({ name, config, isSeen }): Mechanism => ({
    name,
    against: 'the same layer, dense, chunks as a mask',
    gradientTolerance: weightTolerance,
    prepare(text) {
      const layer = reformerLocalAttention({ width, heads, chunkLength, ...config });
      const tokens = tensor(
        attentionMask.flatMap((row) => [...row]),
        [batch, 1, 1, n],
      );
      const isPadded = !('causal' in config);
      const counts = isPadded ? mul(seenPairs(n, n, isSeen), tokens) : seenPairs(n, n, isSeen);
      return layerSides(
        text,
        layer.init(text.key),
        [text.hidden('hidden', width)],
        (parameters, hidden) => layer.apply(parameters, { hidden, ...(isPadded && { attentionMask }) }),
        (parameters, hidden) => attendBy(parameters, '', { queries: hidden, heads }, { counts }),
      );
    },
  }),
);

/** Tokens that hash alike, and tokens of neighbouring chunks. */
export const lshMechanisms: readonly Mechanism[] = [replayed, hashed, lshLayer, ...localLayers];
