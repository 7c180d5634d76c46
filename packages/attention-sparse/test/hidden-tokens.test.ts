import { createKey, normal } from '@longspan/core-tensor';
import { onBackends } from '@longspan/tooling/expect';
import { concat, fill, grads, ones, slice, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  applySegmentAttention,
  blockMass,
  blockTopKAttention,
  causal,
  denseAttention,
  everything,
  keysAt,
  localAttention,
  mobaAttention,
  nsaAttention,
  routingAttention,
  routingCentroids,
  segments,
  slidingWindow,
  sparseAttention,
  topKAttention,
} from '../src/index.ts';

const [h, n, d] = [2, 13, 4];
const nsaSizes = { compressionLength: 4, compressionStride: 2, selectionLength: 4, selectedBlocks: 3, localBlocks: 1, window: { left: 4 } };
const visible = causal().and(keysAt([n - 1]).not());

type Attend = (q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** Ways to attend in which no query but the last attends to the last key. */
const hidingTheLast: Readonly<Record<string, Attend>> = {
  sparseAttention: (q, k, v) => sparseAttention(q, k, v, { mask: causal(), blockSize: 4 }).out,
  denseAttention: (q, k, v) => denseAttention(q, k, v, { mask: causal() }).out,
  topKAttention: (q, k, v) => topKAttention(q, k, v, { topK: 5, mask: visible }).out,
  'topKAttention of as many keys as there are': (q, k, v) => topKAttention(q, k, v, { topK: n, mask: causal() }).out,
  mobaAttention: (q, k, v) => mobaAttention(q, k, v, { blockSize: 4, topK: 2, causal: true }).out,
  nsaAttention: (q, k, v) => {
    const each = { k, v };
    return nsaAttention(q, { compression: each, selection: each, sliding: each, gates: ones([1, h, n, 3]) }, nsaSizes).out;
  },
  'blockTopKAttention by means': (q, k, v) =>
    blockTopKAttention(q, k, v, { topK: 1, blockSize: 4, mask: slidingWindow({ left: 3, right: 0 }), causal: true }).out,
  'routingAttention with fixed centroids': (q, k, v) => {
    const centroids = routingCentroids(normal(createKey('fixed'), [1, h, n, d]), { clusters: 3, iterations: 2 });
    return routingAttention(q, k, v, { centroids, clusterSize: n, causal: true }).out;
  },
  localAttention: (q, k, v) => localAttention(q, k, v, { bucketSize: 4, causal: true }).out,
  applySegmentAttention: (q, k, v) =>
    applySegmentAttention(q, k, v, {
      segments: segments({ text: 8, image: 5 }),
      routes: [
        { from: 'text', to: 'text', mask: causal() },
        { from: 'image', to: 'text', topK: 1 },
        { from: 'image', to: 'image', mask: causal() },
      ],
      blockSize: 4,
    }).out,
};

onBackends('tokens that no other token attends to', () => {
  const draw = (name: string): Tensor => normal(createKey(name), [1, h, n, d]);
  const first = (x: Tensor): Tensor => slice(x, [0, 0, 0, 0], [1, h, n - 1, d]);
  const lastOf = (x: Tensor, value: number): Tensor => concat([first(x), fill([1, h, 1, d], value)], 2);

  it.each(Object.entries(hidingTheLast))('%s: NaN and infinity there change nothing elsewhere, nor any gradient', async (_, attend) => {
    const [q, k, v] = [draw('q'), draw('k'), draw('v')];
    const run = async (value: number) => {
      const inputs = [q, k, v].map((x) => lastOf(x, value));
      const found = tidy(() => {
        const out = first(attend(...(inputs as [Tensor, Tensor, Tensor])));
        const gradients = grads((...each: Tensor[]) => sum(first(attend(...(each as [Tensor, Tensor, Tensor])))))(inputs);
        return [out, ...gradients.map(first)];
      });
      return Promise.all(found.map((each) => each.array()));
    };
    const expected = await run(0);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) expect(await run(value)).toEqual(expected);
  });

  it('blockMass: the share of visible keys does not depend on hidden ones', async () => {
    const [q, k] = [draw('q'), draw('k')];
    const mask = everything().and(keysAt([n - 1]).not());
    const run = (value: number) => blockMass(q, lastOf(k, value), { blockSize: 4, mask }).array();
    expect(await run(Number.NaN)).toEqual(await run(0));
  });
});
