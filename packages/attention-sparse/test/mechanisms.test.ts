import { createKey, type Layer, type LayerContext, normal, type Parameters } from '@longspan/core-tensor';
import { itLearns, itLeavesNothing, type Mechanism, onTrainingBackends, type Trainable, withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import { fill, mul, ones, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe } from 'vitest';
import {
  adaptiveSpanAttention,
  applySegmentAttention,
  bigBirdAttention,
  blockSelector,
  blockTopKAttention,
  causal,
  denseAttention,
  globalTokens,
  keysAt,
  localAttention,
  longformerAttention,
  longformerLayer,
  mergeAttention,
  mobaAttention,
  multiHeadAttention,
  nsaAttention,
  routingAttention,
  routingCentroids,
  segmentAttention,
  segments,
  slidingWindow,
  sparseAttention,
  sparseTransformerAttention,
  swinAttention,
  swinLayer,
  topKAttention,
} from '../src/index.ts';

const [b, h, n, d] = [2, 2, 13, 4];
const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);
const window = slidingWindow({ left: 3, right: 0 });

const drawnQueries = (): Parameters => ({ q: draw('q', [b, h, n, d]), k: draw('k', [b, h, n, d]), v: draw('v', [b, h, n, d]) });

/** A function of q, k and v, which are what is trained. */
const ofQueries = (attend: (q: Tensor, k: Tensor, v: Tensor) => Tensor) => (): Trainable => ({
  parameters: drawnQueries(),
  run: ({ q, k, v }) => attend(q as Tensor, k as Tensor, v as Tensor),
});

/** A layer whose weights are livelier than those of init, under which attention is nearly even. */
function ofWeights<C extends LayerContext>(
  layer: Layer<C>,
  inputs: () => readonly [x: Tensor, context: NoInfer<C>],
  scale = 5,
): () => Trainable {
  return () => {
    const parameters = tidy(() =>
      Object.fromEntries(Object.entries(layer.init(createKey('training'))).map(([name, each]) => [name, mul(each, scale)])),
    ) as Parameters;
    const [x, context] = inputs();
    return { parameters, run: (each) => (layer as Layer).apply(each, x, { ...context, training: true }) };
  };
}

const hidden = (length: number): Tensor => draw('inputs', [2, length, 8]);
const nsaSizes = { compressionLength: 4, compressionStride: 2, selectionLength: 4, selectedBlocks: 3, localBlocks: 1, window: { left: 4 } };
const spans = adaptiveSpanAttention({ width: 8, heads: h, maxSpan: 8, ramp: 4, initialSpan: 4, blockSize: 4, causal: true });
const drawnSpans = (): Parameters => ({ current_val: fill([h, 1, 1], 0.5) });
const selector = blockSelector({ heads: h, headDim: d, blockSize: 4 });

const mechanisms: readonly Mechanism[] = [
  {
    name: 'sparseAttention',
    make: ofQueries((q, k, v) => sparseAttention(q, k, v, { mask: window.or(globalTokens([0])), blockSize: 4 }).out),
    bound: 0.55,
    rate: 5,
  },
  { name: 'denseAttention', make: ofQueries((q, k, v) => denseAttention(q, k, v, { mask: causal() }).out), bound: 0.6, rate: 5 },
  {
    name: 'mergeAttention',
    make: ofQueries((q, k, v) => {
      const at = keysAt([0, 1]);
      const [near, first] = [window.and(at.not()), at.and(causal())].map((mask) => sparseAttention(q, k, v, { mask, blockSize: 4 }));
      return mergeAttention(near!, first!).out;
    }),
    bound: 0.55,
    rate: 5,
  },
  {
    name: 'topKAttention',
    make: ofQueries((q, k, v) => topKAttention(q, k, v, { topK: 5, mask: causal() }).out),
    bound: 0.55,
    rate: 5,
  },
  {
    name: 'mobaAttention',
    make: ofQueries((q, k, v) => mobaAttention(q, k, v, { blockSize: 4, topK: 2, causal: true }).out),
    bound: 0.55,
    rate: 5,
  },
  {
    name: 'nsaAttention',
    make: () => ({
      parameters: {
        ...Object.fromEntries(['q', 'kc', 'vc', 'ks', 'vs', 'kw', 'vw'].map((name) => [name, draw(name, [b, h, n, d])] as const)),
        gates: draw('gates', [b, h, n, 3]),
      },
      run: ({ q, kc, vc, ks, vs, kw, vw, gates }) => {
        const branch = (k: Tensor | undefined, v: Tensor | undefined) => ({ k: k as Tensor, v: v as Tensor });
        const branches = { compression: branch(kc, vc), selection: branch(ks, vs), sliding: branch(kw, vw) };
        return nsaAttention(q as Tensor, { ...branches, gates: gates as Tensor }, nsaSizes).out;
      },
    }),
    bound: 0.6,
    rate: 5,
  },
  {
    name: 'routingAttention',
    make: ofQueries((q, k, v) => {
      const centroids = routingCentroids(q, { clusters: 3, iterations: 2 });
      const learned = ones([h, 3, 1, d]);
      return routingAttention(q, k, v, { centroids, clusterSize: 9, causal: true, memory: { keys: learned, values: learned } }).out;
    }),
    bound: 0.67,
    rate: 5,
  },
  {
    name: 'blockTopKAttention',
    make: ofQueries((q, k, v) => blockTopKAttention(q, k, v, { topK: 1, blockSize: 4, mask: window, causal: true }).out),
    bound: 0.55,
    rate: 5,
  },
  {
    name: 'applySegmentAttention',
    make: ofQueries(
      (q, k, v) =>
        applySegmentAttention(q, k, v, {
          segments: segments({ text: 5, image: 8 }),
          routes: [
            { from: 'text', to: 'text', mask: causal() },
            { from: 'text', to: 'image', topK: 1 },
            { from: 'image', to: 'image', mask: window },
          ],
          blockSize: 4,
        }).out,
    ),
    bound: 0.48,
    rate: 5,
  },
  {
    name: 'blockSelector',
    make: ofWeights(selector, () => [draw('q', [1, h, n, d]), { keys: draw('k', [1, h, n, d]) }] as const, 4),
    bound: 0.6,
    rate: 0.1,
  },
  {
    name: 'adaptiveSpanAttention',
    make: () => ({
      parameters: { ...drawnSpans(), ...drawnQueries() },
      run: ({ q, k, v, ...own }) =>
        sparseAttention(q as Tensor, k as Tensor, v as Tensor, { mask: spans.mask(), score: [spans.term(own as Parameters)], blockSize: 4 })
          .out,
    }),
    bound: 0.55,
    rate: 5,
  },
  {
    name: 'localAttention',
    make: ofQueries((q, k, v) => localAttention(q, k, v, { bucketSize: 4, causal: true }).out),
    bound: 0.55,
    rate: 5,
  },
  {
    name: 'longformerAttention',
    make: ofWeights(longformerAttention({ width: 8, heads: 2, window: { left: 3, right: 3 } }), () => [
      hidden(12),
      { globals: [[0], [5]] },
    ]),
    bound: 0.5,
    rate: 3,
  },
  {
    name: 'bigBirdAttention',
    make: ofWeights(bigBirdAttention({ width: 8, heads: 2, blockSize: 2, randomBlocks: { key: createKey(5), perQueryBlock: 1 } }), () => [
      hidden(13),
      {},
    ]),
    bound: 0.66,
    rate: 3,
  },
  {
    name: 'swinAttention',
    make: ofWeights(swinAttention({ width: 8, heads: 2, windowSide: 2, shift: 1 }), () => [hidden(15), { grid: { height: 3, width: 5 } }]),
    bound: 0.55,
    rate: 3,
  },
  {
    name: 'swinLayer',
    make: ofWeights(swinLayer({ width: 8, heads: 2, windowSide: 2, shift: 1 }), () => [hidden(15), { grid: { height: 3, width: 5 } }]),
    bound: 0.2,
    rate: 0.15,
  },
  {
    name: 'multiHeadAttention',
    make: ofWeights(multiHeadAttention({ width: 8, heads: 2, mask: window, rotary: { style: 'half' } }), () => [hidden(12), {}]),
    bound: 0.05,
    rate: 0.1,
  },
  {
    name: 'adaptiveSpanAttention as a layer',
    make: ofWeights(adaptiveSpanAttention({ width: 8, heads: 2, maxSpan: 8, initialSpan: 0.5 }), () => [hidden(12), {}]),
    bound: 0.05,
    rate: 0.1,
  },
  {
    name: 'longformerLayer',
    make: ofWeights(longformerLayer({ width: 8, heads: 2, window: { left: 3, right: 3 } }), () => [hidden(12), { globals: [0] }]),
    bound: 0.1,
    rate: 0.3,
  },
  {
    name: 'segmentAttention',
    make: ofWeights(
      segmentAttention({
        width: 8,
        heads: 2,
        blockSize: 4,
        routes: [
          { from: 'text', to: 'image', topK: 1 },
          { from: 'text', to: 'text', mask: causal() },
          { from: 'image', to: 'image', mask: window },
        ],
      }),
      () => [hidden(13), { segments: segments({ text: 5, image: 8 }) }],
    ),
    bound: 0.05,
    rate: 0.1,
  },
  {
    name: 'sparseTransformerAttention',
    make: ofWeights(
      sparseTransformerAttention({ width: 8, heads: 2, pattern: { kind: 'fixed', stride: 4, summary: 1 }, parts: 'perHead' }),
      () => [hidden(11), {}],
    ),
    bound: 0.66,
    rate: 2,
  },
];

onTrainingBackends('training', () => itLearns(mechanisms, 15));

describe.each([
  ["tfjs's", async () => () => {}],
  ['our', async () => (await register({ threads: 1 })).unregister],
] as const)('on wasm with %s kernels', (_, start) => {
  let leave = (): void => {};
  beforeAll(async () => {
    await withBackend('wasm');
    leave = await start();
  });
  afterAll(() => leave());

  itLeavesNothing(mechanisms);
});
