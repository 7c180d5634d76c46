import { drawRotations, hashBuckets, lshAttention, reformerAttention, reformerLocalAttention } from '@longspan/attention-lsh';
import { padding, randomBits, stopGradient } from '@longspan/core-tensor';
import * as reference from '@longspan/tooling/reference';
import { max, mul, sub, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { type CheckText, checkSizes, type Mechanism } from './mechanism.ts';

const { batch, n, heads, headDim, valueDim } = checkSizes;
const width = heads * headDim;
/** 13 chunks. */
const chunkLength = 17;
const rounds = 2;

/** Row 1 ends with padding. */
const attentionMask = [n, n - 30].map((length) => Int32Array.from({ length: n }, (_, token) => Number(token < length)));

/** Buckets of every token for the rounds, drawn; those of a round are numbered from `round · 6` on. */
function drawnBuckets({ key }: CheckText): reference.Choices {
  const bits = randomBits(key.fold('buckets'), batch * heads * rounds * n);
  let at = 0;
  const { upTo } = reference;
  return upTo(batch, () => upTo(heads, () => upTo(rounds, (round) => upTo(n, () => ((bits[at++] as number) % 6) + 6 * round))));
}

const asTensor = (buckets: reference.Choices): Tensor => tensor(buckets.flat(3), [batch, heads, rounds, n], 'int32');

const replayed: Mechanism = {
  name: 'lshAttention, buckets given, 2 rounds, causal',
  against: 'dense, each key as often as it is met',
  prepare(text) {
    const drawn = drawnBuckets(text);
    const buckets = asTensor(drawn);
    const counts = reference.lshMeetings(drawn, { chunkLength, chunksBefore: 1, chunksAfter: 0, causal: true });
    return {
      inputs: [text.heads('x', {}), text.heads('v', { dim: valueDim })],
      ours: (x, v) => [lshAttention(x, v, { chunkLength, causal: true, buckets }).out],
      reference: (x, v) => [reference.lshAttention(x, v, counts)],
    };
  },
};

const hashed: Mechanism = {
  name: 'lshAttention, hashed, 2 rounds of 8 buckets',
  against: 'dense over the buckets it returns; these against arg max [xR; −xR]',
  async prepare(text) {
    const [x, v] = [text.heads('x', {}), text.heads('v', { dim: valueDim })];
    const rotations = drawRotations(text.key, { heads, headDim, rounds, bucketCount: 8 });
    const options = { chunkLength, chunksAfter: 1, rotations };
    const first = hashBuckets(x, rotations);
    const found = (await first.array()) as number[][][][];
    const counts = reference.lshMeetings(found, { chunkLength, chunksBefore: 1, chunksAfter: 1, causal: false });
    first.dispose();
    const starts = tensor([0, 8], [1, 1, rounds, 1], 'int32');
    const directions = (x: Tensor): Tensor => reference.lshDirections(stopGradient(x), rotations);
    return {
      inputs: [x, v],
      ours(x, v) {
        const { out, buckets } = lshAttention(x, v, options);
        const chosen = reference.oneHots(sub(buckets as Tensor, starts), 8);
        return [out, sum(mul(directions(x), chosen), 4)];
      },
      reference: (x, v) => [reference.lshAttention(x, v, counts), max(directions(x), 4)],
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
    const buckets = asTensor(drawn);
    const counts = reference.lshMeetings(drawn, { chunkLength, chunksBefore: 1, chunksAfter: 1, causal: false, marks: attentionMask });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, hidden, { padding: padding(attentionMask), state: { buckets } }).hidden,
      (parameters, hidden) => reference.reformerAttention(parameters, hidden, { heads, counts }),
    );
  },
};

const localLayers = [
  { name: 'reformerLocalAttention, causal', sight: { chunkLength, chunksBefore: 1, chunksAfter: 0, causal: true }, marks: undefined },
  {
    name: 'reformerLocalAttention, both sides, padding',
    sight: { chunkLength, chunksBefore: 1, chunksAfter: 1, causal: false },
    marks: attentionMask,
  },
].map(
  ({ name, sight, marks }): Mechanism => ({
    name,
    against: 'the same layer, dense, chunks as a mask',
    gradientTolerance: weightTolerance,
    prepare(text) {
      const layer = reformerLocalAttention({ width, heads, ...sight });
      return layerSides(
        text,
        layer.init(text.key),
        [text.hidden('hidden', width)],
        (parameters, hidden) => layer.apply(parameters, hidden, marks && { padding: padding(marks) }),
        (parameters, hidden) => reference.reformerLocalAttention(parameters, hidden, { ...sight, heads, marks }),
      );
    },
  }),
);

/** Tokens that hash alike, and tokens of neighbouring chunks. */
export const lshMechanisms: readonly Mechanism[] = [replayed, hashed, lshLayer, ...localLayers];
