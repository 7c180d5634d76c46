import { reformerAttention, reformerLocalAttention } from '@longspan/attention-lsh';
import {
  adaptiveSpanAttention,
  bigBird,
  bigBirdAttention,
  blockTopKAttention,
  causal,
  dilatedWindow,
  globalTokens,
  localAttention,
  longformerAttention,
  type Mask,
  mobaAttention,
  multiHeadAttention,
  nsaAttention,
  perHead,
  randomBlocks,
  routingAttention,
  slidingWindow,
  sparseTransformerAttention,
  strided,
  topKAttention,
} from '@longspan/attention-sparse';
import {
  chain,
  createKey,
  defineLayer,
  feedForward,
  type Layer,
  layerNorm,
  linear,
  mergeHeads,
  normal,
  splitHeads,
  transformerLayer,
} from '@longspan/core-tensor';
import { hatLayer, hourglass } from '@longspan/hierarchical';
import { segmentRecurrence } from '@longspan/memory-xl';
import { averageStreams, duplicateStreams, reversibleSequence } from '@longspan/reversible';
import { concat, reshape, sigmoid, slice, type Tensor, transpose } from '@tensorflow/tfjs-core';
import type { MechanismName } from './mechanism-names.ts';

const [width, heads, count] = [32, 4, 2];
const headDim = width / heads;

/** Layers of a model by name, for sequences of that length. */
type LayersOf = (length: number) => Readonly<Record<string, Layer>>;

/** Any layer, as one that keeps the width: of its context a task gives what the run does. */
const plain = (layer: object): Layer => layer as Layer;

const twice = (make: (length: number) => object): LayersOf => {
  return (length) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}`, transformerLayer({ width, attention: plain(make(length)) })]));
};

const masked = (mask: (length: number) => Mask): LayersOf => twice((length) => multiHeadAttention({ width, heads, mask: mask(length) }));

/** Attention that projects nothing by itself, between linear layers. */
const projected = (
  attend: (
    heads: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor; readonly x: Tensor },
    parts: Readonly<Record<string, (x: Tensor) => Tensor>>,
  ) => Tensor,
  more: Readonly<Record<string, Layer>> = {},
): Layer => {
  const project = (): Layer => linear({ inFeatures: width, outFeatures: width, bias: false });
  return defineLayer({
    name: 'projected',
    parts: { query: project(), key: project(), value: project(), output: project(), ...more } as Readonly<Record<string, Layer>>,
    run({ parts }, x) {
      const of = (name: string): Tensor => splitHeads((parts[name] as (x: Tensor) => Tensor)(x), heads);
      const out = attend({ q: of('query'), k: of('key'), v: of('value'), x }, parts as Readonly<Record<string, (x: Tensor) => Tensor>>);
      return (parts['output'] as (x: Tensor) => Tensor)(mergeHeads(out));
    },
  });
};

const withOutput = (inner: object): Layer => chain({ inner: plain(inner), output: linear({ inFeatures: width, outFeatures: width }) });

/** Queries are keys, as in the paper; directions of the clusters are fixed, and what is projected finds its way to them. */
const routed = (): Layer => {
  const clusters = 2;
  return projected(({ q, v }) => {
    const length = q.shape[2] as number;
    const directions = normal(createKey('clusters'), [heads, clusters, headDim]);
    const clusterSize = Math.ceil((2 * length) / 3);
    return routingAttention(q, q, v, { centroids: directions, clusterSize, sharedQueryKey: true, causal: true }).out;
  });
};

const nsaSizes = { compressionLength: 4, compressionStride: 2, selectionLength: 4, selectedBlocks: 4, window: { left: 3 } } as const;

const nsa = (): Layer =>
  projected(
    ({ q, k, v, x }, parts) => {
      const [b = 0, n = 0] = x.shape;
      const gates = sigmoid(transpose(reshape((parts['gates'] as (x: Tensor) => Tensor)(x), [b, n, heads, 3]), [0, 2, 1, 3]));
      return nsaAttention(q, { compression: { k, v }, selection: { k, v }, sliding: { k, v }, gates }, nsaSizes).out;
    },
    { gates: linear({ inFeatures: width, outFeatures: 3 * heads }) },
  );

const recurrence = (memoryLength: number) =>
  segmentRecurrence({ layers: count, width, heads, headDim, innerWidth: 4 * width, normalization: 'pre', memoryLength });

/** Half of the sequence at a time; the second half sees the first by memory alone, through which no gradient goes. */
const inSegments = (length: number): Layer => {
  const half = Math.ceil(length / 2);
  const stack = recurrence(half);
  return defineLayer({
    name: 'inSegments',
    spec: stack.spec,
    run({ parameters }, x) {
      const own = Object.fromEntries(Object.keys(stack.spec).map((name) => [name, parameters.get(name)]));
      const part = (from: number, to: number): Tensor => slice(x, [0, from, 0], [x.shape[0] as number, to - from, width]);
      const first = stack.apply(own, part(0, half));
      const second = stack.apply(own, part(half, length), { state: first.state });
      return concat([first.hidden, second.hidden], 1);
    },
  });
};

const one =
  (layer: (length: number) => object): LayersOf =>
  (length) => ({ all: plain(layer(length)) });

const reversible = (): LayersOf => () => {
  const branch = (inner: object): Layer => chain({ norm: layerNorm({ width }), inner: plain(inner) });
  const blocks = Array.from({ length: count }, () => ({
    attention: branch(multiHeadAttention({ width, heads, mask: causal() })),
    feedForward: branch(feedForward({ width })),
  }));
  return { streams: duplicateStreams(), blocks: plain(reversibleSequence(blocks)), mean: averageStreams() };
};

/** First and last block are global, as in Hugging Face. */
const bigBirdBlocks = (length: number) => {
  const blockSize = 2;
  const queryBlocks = Math.ceil(length / blockSize);
  const near = { windowBlocks: 1, globalBlocks: [0, queryBlocks - 1] };
  return { blockSize, ...near, randomBlocks: randomBlocks(createKey('random blocks'), { queryBlocks, perQueryBlock: 1, ...near }) };
};

const stride = 4;

/** The layers of every mechanism. */
export const taskLayers: Readonly<Record<MechanismName, LayersOf>> = {
  'causal, all tokens': masked(() => causal()),
  'sliding window of 8': masked(() => slidingWindow({ left: 7, right: 0 })),
  'sliding window of 4': masked(() => slidingWindow({ left: 3, right: 0 })),
  'dilated window': masked(() => dilatedWindow({ left: 4, right: 0, dilation: [1, 2, 3, 4] }).and(causal())),
  'Sparse Transformer, strided': twice(() => sparseTransformerAttention({ width, heads, pattern: { kind: 'strided', stride } })),
  'Sparse Transformer, fixed': twice(() => sparseTransformerAttention({ width, heads, pattern: { kind: 'fixed', stride, summary: 2 } })),
  'Longformer pattern': masked((length) =>
    slidingWindow({ left: 3, right: 0 })
      .or(globalTokens([0, length - 1]))
      .and(causal()),
  ),
  'BigBird pattern': masked((length) => bigBird(bigBirdBlocks(length)).and(causal())),
  'a mask for each head': masked(() =>
    perHead([
      causal(),
      slidingWindow({ left: 3, right: 0 }),
      strided({ stride }).and(causal()),
      dilatedWindow({ left: 3, right: 0, dilation: 3 }),
    ]),
  ),
  'Longformer layer': twice(() => withOutput(longformerAttention({ width, heads, window: { left: 6, right: 6 } }))),
  'BigBird layer': twice(() =>
    withOutput(bigBirdAttention({ width, heads, blockSize: 2, randomBlocks: { key: createKey('random blocks'), perQueryBlock: 1 } })),
  ),
  'adaptive span': twice((length) => adaptiveSpanAttention({ width, heads, maxSpan: length, ramp: 4, initialSpan: length, causal: true })),
  'local, buckets of 4': twice(() => projected(({ q, k, v }) => localAttention(q, k, v, { bucketSize: 4, causal: true }).out)),
  LSH: twice(() => withOutput(reformerAttention({ width, heads, chunkLength: 4, rounds: 4, causal: true }))),
  'Reformer local': twice(() => withOutput(reformerLocalAttention({ width, heads, chunkLength: 4, causal: true }))),
  routing: twice(routed),
  'top-k keys': twice(() => projected(({ q, k, v }) => topKAttention(q, k, v, { topK: 4, mask: causal() }).out)),
  'top-k blocks': twice(() => projected(({ q, k, v }) => blockTopKAttention(q, k, v, { topK: 2, blockSize: 2, causal: true }).out)),
  MoBA: twice(() => projected(({ q, k, v }) => mobaAttention(q, k, v, { blockSize: 4, topK: 2, causal: true }).out)),
  NSA: twice(nsa),
  'Transformer-XL, one segment': one(() => recurrence(0)),
  'Transformer-XL, segments and memory': one(inSegments),
  Hourglass: one(() => hourglass({ width, heads, tokenLayers: [1, 1], hierarchy: '1@2' })),
  // Twice: what the first tokens of all segments told each other, the others hear in the next layer.
  HAT: (length) => {
    const sizes = { width, heads, segmentLength: 4, maxSegments: Math.ceil(length / 4) };
    const layer = () => plain(hatLayer({ ...sizes, sentence: true, document: true }));
    return { one: layer(), two: layer() };
  },
  'reversible, causal': reversible(),
};
