import { withBackend } from '@longspan/tooling/expect';
import { zeros } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { createKey } from '../key/index.ts';
import { chain } from './chain.ts';
import { compareParameters } from './check-parameters.ts';
import { feedForward } from './feed-forward.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import { fanInDraw } from './spec.ts';
import { countParameters, summary, weightDecayGroups } from './summary.ts';

beforeAll(() => withBackend('cpu'));

const model = chain({ norm: layerNorm({ width: 3 }), feed: feedForward({ width: 3, innerWidth: 4 }) });

it('countParameters counts by the spec, without a tensor, and a record with a tied tensor once', () => {
  expect(countParameters(model)).toBe(6 + 12 + 4 + 12 + 3);
  const tied = zeros([4, 3]);
  expect(countParameters({ 'wte.weight': tied, 'lm_head.weight': tied, bias: zeros([5]) })).toBe(17);
  expect(countParameters({})).toBe(0);
});

it('weight decay acts on matrices, not on biases and norms', () => {
  expect(weightDecayGroups(model)).toEqual({
    decay: ['feed.inner.weight', 'feed.outer.weight'],
    noDecay: ['norm.weight', 'norm.bias', 'feed.inner.bias', 'feed.outer.bias'],
  });
});

it('compareParameters lists what is missing, unexpected and misshapen', () => {
  const given = { 'norm.weight': zeros([3]), 'norm.bias': zeros([4]), 'feed.inner.weight': zeros([4, 3]), pooler: zeros([1]) };
  expect(compareParameters(model, given)).toEqual({
    missing: ['feed.inner.bias', 'feed.outer.weight', 'feed.outer.bias'],
    unexpected: ['pooler'],
    misshapen: ['norm.bias'],
  });
});

it('summary prints each parameter and the sum', () => {
  expect(summary(model)).toBe(`norm.weight        [3]     3   ones
norm.bias          [3]     3   zeros
feed.inner.weight  [4, 3]  12  uniform ±0.577  weight decay
feed.inner.bias    [4]     4   uniform ±0.577
feed.outer.weight  [3, 4]  12  uniform ±0.5    weight decay
feed.outer.bias    [3]     3   uniform ±0.5
6 parameters, 37 numbers`);
});

it('a dense layer drawn by its fan-in starts within ±1/√in, its bias as zeros', async () => {
  const dense = linear({ inFeatures: 16, outFeatures: 40, draw: fanInDraw });
  expect(summary(dense).split('\n')[0]).toBe('weight  [40, 16]  640  uniform ±1/√in  weight decay');
  const { weight, bias } = dense.init(createKey(1));
  const largest = Math.max(...Array.from((await weight?.data()) ?? [], Math.abs));
  expect(largest).toBeGreaterThan(0.24);
  expect(largest).toBeLessThan(0.25);
  expect(new Set(await bias?.data())).toEqual(new Set([0]));
});
