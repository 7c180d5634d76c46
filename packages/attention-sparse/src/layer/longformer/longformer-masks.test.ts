import { createKey, type Padding, paddingOfLengths } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { zeros } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Mask } from '../../mask/index.ts';
import { longformerAttention } from './longformer-attention.ts';

// Files share a process: what another has loaded is loaded again here, around a kernel entry that keeps masks, and dropped at the end.
const masks = vi.hoisted(() => {
  vi.resetModules();
  return [] as unknown[];
});
vi.mock(import('@longspan/core-tensor/kernel'), async (original) => {
  const { attentionCall, ...rest } = await original();
  return {
    ...rest,
    attentionCall: (caller, q, k, v, options) => {
      masks.push(options?.mask);
      return attentionCall(caller, q, k, v, options);
    },
  };
});
afterAll(() => {
  vi.doUnmock('@longspan/core-tensor/kernel');
  vi.resetModules();
});

beforeAll(() => withBackend('cpu'));

it('makes its masks once for the same padding and globals, also for another layer with that window', () => {
  const layer = () => longformerAttention({ width: 4, heads: 2, window: { left: 1, right: 1 } });
  const [parameters, hidden] = [layer().init(createKey(0)), zeros([2, 9, 4])];
  const run = (given: Padding) =>
    layer()
      .apply(parameters, hidden, { padding: given, globals: [[0], [4]] })
      .dispose();
  const made = paddingOfLengths([7, 9]);
  run(made);
  run(made);
  run(paddingOfLengths([8, 9]));
  expect(masks).toHaveLength(6);
  expect([masks[2], masks[3]].map((one, at) => one === masks[at])).toEqual([true, true]);
  expect([masks[4], masks[5]].map((one, at) => one === masks[at])).toEqual([false, false]);
  // The rows of global tokens and of padding are not computed in the local pass.
  expect((masks[0] as Mask).name).toBe(
    'slidingWindow({ left: 1, right: 1 }).or(keysAt([[0], [4]])).and(keyPadding({ lengths: [7, 9] })).and(queriesAt([[0, 7, 8], [4]]).not())',
  );
  expect((masks[1] as Mask).name).toBe('queriesAt([[0], [0]]).and(keyPadding({ lengths: [7, 9] }))');
});
