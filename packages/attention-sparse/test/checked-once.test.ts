import { createKey, normal, padding } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as all from '../src/index.ts';
import { everything, segments, slidingWindow } from '../src/mask/index.ts';

// Files share a process: what another has loaded is loaded again here, around a kernel entry that counts, and dropped at the end.
const checked = vi.hoisted(() => {
  vi.resetModules();
  return [] as string[];
});
vi.mock(import('@longspan/core-tensor/kernel'), async (original) => {
  const { attentionCall, checkCall, ...rest } = await original();
  return {
    ...rest,
    attentionCall: (caller, ...given) => {
      checked.push(caller);
      return attentionCall(caller, ...given);
    },
    checkCall: (caller, call) => {
      checked.push(caller);
      checkCall(caller, call);
    },
  };
});

afterAll(() => {
  vi.doUnmock('@longspan/core-tensor/kernel');
  vi.resetModules();
});

beforeAll(() => withBackend('cpu'));

const parts = segments({ a: 3, b: 5 });
const routes = [{ from: 'a', to: 'b', mask: everything(), topK: 1 }];
const branches = (k: Tensor, v: Tensor) => {
  const branch = { k, v };
  return { compression: branch, selection: branch, sliding: branch, gates: zeros([1, 2, 8, 3]) };
};
const sizes = { compressionLength: 2, compressionStride: 2, selectionLength: 2, selectedBlocks: 3, window: { left: 1 } };

type Attend = (q: Tensor, k: Tensor, v: Tensor, scale?: number) => unknown;

/** What users call, on q, k and v. */
const functions: Readonly<Record<string, Attend>> = {
  sparseAttention: (q, k, v, scale) => all.sparseAttention(q, k, v, { scale }),
  denseAttention: (q, k, v, scale) => all.denseAttention(q, k, v, { scale }),
  blockTopKAttention: (q, k, v, scale) => all.blockTopKAttention(q, k, v, { topK: 1, blockSize: 2, scale }),
  topKAttention: (q, k, v, scale) => all.topKAttention(q, k, v, { topK: 1, scale }),
  mobaAttention: (q, k, v, scale) => all.mobaAttention(q, k, v, { topK: 1, blockSize: 2, scale }),
  nsaAttention: (q, k, v, scale) => all.nsaAttention(q, branches(k, v), { ...sizes, scale }),
  localAttention: (q, k, v, scale) => all.localAttention(q, k, v, { bucketSize: 2, scale }),
  localXposAttention: (q, k, v, scale) => all.localXposAttention(q, k, v, { bucketSize: 2, scale }),
  localAttentionAsPublished: (q, k, v, scale) => all.localAttentionAsPublished(q, k, v, { bucketSize: 2, scale }),
  applySegmentAttention: (q, k, v, scale) => all.applySegmentAttention(q, k, v, { segments: parts, routes, blockSize: 2, scale }),
};
const withoutScale: Readonly<Record<string, Attend>> = {
  routingAttention: (q, k, v) =>
    all.routingAttention(q, k, v, {
      centroids: zeros([2, 2, 4]),
      clusterSize: 4,
      memory: { keys: zeros([2, 2, 1, 4]), values: zeros([2, 2, 1, 4]) },
    }),
};

describe('attention is checked once', () => {
  const x = () => normal(createKey(0), [1, 2, 8, 4]);
  const checksOf = (call: () => unknown): readonly string[] => {
    checked.length = 0;
    call();
    return [...checked];
  };

  it.each([
    ['sparseAttention', ['sparseAttention']],
    ['blockTopKAttention', ['blockTopKAttention']],
    ['applySegmentAttention', ['applySegmentAttention']],
    // Their own sizes say all that the call's check would.
    ['mobaAttention', []],
    ['nsaAttention', []],
    ['localXposAttention', []],
  ] as const)('by %s', (name, callers) => {
    expect(checksOf(() => functions[name]?.(x(), x(), x()))).toEqual(callers);
  });

  it('by routingAttention and by layers', () => {
    expect(checksOf(() => withoutScale['routingAttention']?.(x(), x(), x()))).toEqual([]);
    const run = (layer: { init(key: ReturnType<typeof createKey>): object; apply(...given: never[]): unknown }, context: object) => () =>
      layer.apply(...([layer.init(createKey(0)), zeros([1, 8, 4]), context] as never[]));
    const marks = padding([[1, 1, 1, 1, 1, 1, 1, 0]]);
    const sized = { width: 4, heads: 2 };
    const given = { padding: marks };
    expect(checksOf(run(all.multiHeadAttention({ ...sized, mask: slidingWindow({ left: 2 }) }), given))).toEqual(['multiHeadAttention']);
    expect(checksOf(run(all.segmentAttention({ ...sized, routes }), { segments: parts, ...given }))).toEqual(['segmentAttention']);
    expect(checksOf(run(all.longformerAttention({ ...sized, window: { left: 1 } }), given))).toEqual(['longformerAttention']);
  });
});
