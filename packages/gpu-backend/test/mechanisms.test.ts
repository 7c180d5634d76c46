import { lshAttention } from '@longspan/attention-lsh';
import {
  causal,
  keysAt,
  mergeAttention,
  mobaAttention,
  nsaAttention,
  routingAttention,
  sparseAttention,
  topKAttention,
} from '@longspan/attention-sparse';
import { createKey, normal } from '@longspan/core-tensor';
import { groupsFromBoundaries, maxPooling } from '@longspan/hierarchical';
import '@longspan/tooling/expect';
import { grads, mul, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registered } from './registered.ts';
import { counted } from './tfjs-parts.ts';

let leave = (): void => {};
beforeAll(async () => {
  leave = (await registered()).unregister;
});
afterAll(() => leave());

const length = 64;
const boundaries = [0, 3, 8, 20, 50, length]; // of groups of unlike sizes
const shape = [1, 2, length, 8];
const sizes = {
  compressionLength: 16,
  compressionStride: 16,
  selectionLength: 16,
  selectedBlocks: 2,
  initialBlocks: 1,
  localBlocks: 1,
  window: { left: 16 },
};

/** Mechanisms that choose, sort, pool or join between their kernels. */
const mechanisms: Readonly<Record<string, (q: Tensor, k: Tensor, v: Tensor) => Tensor>> = {
  'top-k': (q, k, v) => topKAttention(q, k, v, { topK: 4, mask: causal() }).out,
  MoBA: (q, k, v) => mobaAttention(q, k, v, { blockSize: 16, topK: 2, causal: true }).out,
  NSA: (q, k, v) => {
    const branch = { k, v };
    const gates = normal(createKey('gates'), [1, 2, length, 3]);
    return nsaAttention(q, { compression: branch, selection: branch, sliding: branch, gates }, sizes).out;
  },
  routing: (q, k, v) => routingAttention(q, k, v, { centroids: normal(createKey('centroids'), [2, 4, 8]), clusterSize: 16 }).out,
  LSH: (x, v) =>
    lshAttention(x, v, { chunkLength: 16, chunksBefore: 1, rotations: normal(createKey('rotations'), [2, 8, 2, 2]), causal: true }).out,
  'joined halves': (q, k, v) => {
    const half = (from: number) => keysAt(Array.from({ length: length / 2 }, (_, at) => from + at));
    const of = (from: number) => sparseAttention(q, k, v, { mask: half(from) });
    return mergeAttention(of(0), of(length / 2)).out;
  },
  pooling: (q) => maxPooling(q.reshape([2, length, 8]), groupsFromBoundaries(boundaries)),
};

describe('what mechanisms do between kernels', () => {
  it.each(Object.entries(mechanisms))('%s: stays on the device, forward and backward', async (_, run) => {
    const inputs = ['q', 'k', 'v'].slice(0, run.length).map((name) => normal(createKey(name), shape));
    for (const each of inputs) await mul(each, 1).data();
    const gradients = grads((...[q, k, v]: Tensor[]) => {
      const out = run(q as Tensor, k as Tensor, v as Tensor);
      return sum(mul(out, out));
    });
    const step = (): void => tidy(() => void gradients(inputs));
    step();
    const { reads } = counted(step);
    expect(reads).toBe(0);
  });
});
