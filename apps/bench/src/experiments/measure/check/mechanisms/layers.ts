import {
  bigBirdAttention,
  localAttention,
  localAttentionAsPublished,
  longformerAttention,
  sparseTransformerAttention,
  swinAttention,
} from '@longspan/attention-sparse';
import { type AttentionResult, paddingOfLengths } from '@longspan/core-tensor';
import * as reference from '@longspan/tooling/reference';
import { slice, type Tensor } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';

const { batch, n, heads, headDim } = checkSizes;
const width = heads * headDim;

// Longformer: row 0 has two global tokens, row 1 three and 40 tokens of padding.
const globals = [
  [0, 100],
  [0, 57, 170],
] as const;
const lengths = [n, n - 40];
const padded = paddingOfLengths(lengths);
const marks = lengths.map((length, row) =>
  Int32Array.from({ length: n }, (_, token) => (token >= length ? 0 : globals[row]?.some((position) => position === token) ? 2 : 1)),
);

const longformer: Mechanism = {
  name: 'longformerAttention',
  against: 'the same layer, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const window = { left: 40, right: 40 };
    const layer = longformerAttention({ width, heads, window });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, hidden, { padding: padded, globals }),
      (parameters, hidden) => reference.longformerAttention(parameters, hidden, { heads, window, marks }),
    );
  },
};

const blockSize = 32;
const bigBirdBlocks = Math.ceil(n / blockSize);
const randomBlocks = Array.from({ length: heads }, (_, head) =>
  Array.from({ length: bigBirdBlocks - 2 }, (_, block) => [(block * 5 + head) % bigBirdBlocks, (block + head * 3 + 4) % bigBirdBlocks]),
);

const bigBird: Mechanism = {
  name: 'bigBirdAttention',
  against: 'the same layer, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = bigBirdAttention({ width, heads, blockSize, randomBlocks });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, hidden),
      (parameters, hidden) => reference.bigBirdAttention(parameters, hidden, { heads, blockSize, randomBlocks }),
    );
  },
};

/** The text as an image: its first tokens, row by row. */
const grid = { height: 8, width: 24 } as const;

const swin: Mechanism = {
  name: 'swinAttention, shifted',
  against: 'the same layer, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const [windowSide, shift] = [4, 2];
    const layer = swinAttention({ width, heads, windowSide, shift });
    return layerSides(
      text,
      layer.init(text.key),
      [slice(text.hidden('hidden', width), [0, 0, 0], [batch, grid.height * grid.width, width])],
      (parameters, hidden) => layer.apply(parameters, hidden, { grid }),
      (parameters, hidden) => reference.swinAttention(parameters, hidden, { heads, window: windowSide, shift, grid }),
    );
  },
};

const patterns = [
  { kind: 'strided', stride: 18 },
  { kind: 'fixed', stride: 37, summary: 4 },
] as const;

const sparseTransformerLayers = patterns.map(
  (pattern): Mechanism => ({
    name: `sparseTransformerAttention, ${pattern.kind}`,
    against: 'the same layer, dense',
    gradientTolerance: weightTolerance,
    prepare(text) {
      const layer = sparseTransformerAttention({ width, heads, pattern });
      return layerSides(
        text,
        layer.init(text.key),
        [text.hidden('hidden', width)],
        (parameters, hidden) => layer.apply(parameters, hidden),
        (parameters, hidden) => reference.sparseTransformerAttention(parameters, hidden, { heads, pattern }),
      );
    },
  }),
);

const local = (
  name: string,
  sight: Parameters<typeof reference.isLocal>[0],
  attend: (q: Tensor, k: Tensor, v: Tensor) => AttentionResult,
): Mechanism => ({
  name,
  against: 'dense, buckets as a mask',
  prepare(text) {
    const counts = reference.visibleTokens(n, (query, key) => reference.isLocal(sight, query, key));
    return {
      inputs: [text.heads('q', {}), text.heads('k', {}), text.heads('v', {})],
      ours: (q, k, v) => [attend(q as Tensor, k as Tensor, v as Tensor).out],
      reference: (q, k, v) => [reference.softmaxAttention(q, k, v, { counts }).out],
    };
  },
});

const buckets = { bucketSize: 50, causal: true } as const;
const exactly = { ...buckets, exactWindow: true } as const;
const localMechanisms = [
  local('localAttention, causal', buckets, (q, k, v) => localAttention(q, k, v, buckets)),
  local('localAttentionAsPublished, exact window', exactly, (q, k, v) => localAttentionAsPublished(q, k, v, exactly)),
];

/** The layers, parameters' gradients included. */
export const layerMechanisms: readonly Mechanism[] = [longformer, bigBird, swin, ...sparseTransformerLayers, ...localMechanisms];
