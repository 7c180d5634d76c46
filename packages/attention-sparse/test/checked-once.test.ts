import { createKey, normal, padding } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { zeros } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as all from '../src/index.ts';
import { slidingWindow } from '../src/mask/index.ts';
import { functions, parts, routes, withoutScale } from './attention-calls.ts';

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
