import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { grad, mul, ones, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { ConfigError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { applyDropout, dropout } from './dropout.ts';

const key = createKey('dropout');

onBackends('applyDropout', () => {
  it('sets to 0 whatever stands there, and its cotangent too', async () => {
    const x = tensor1d([Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY, Number.NaN]);
    const key = createKey(3); // keeps the first and the last
    expect([...(await applyDropout(x, 0.5, key).data())]).toEqual([Number.POSITIVE_INFINITY, 0, 0, 0, 0, Number.NaN]);
    const cotangent = tensor1d([1, Number.POSITIVE_INFINITY, Number.NaN, 1, Number.NaN, 1]);
    const slope = grad((each: Tensor) => applyDropout(each, 0.5, key))(ones([6]), cotangent);
    expect([...(await slope.data())]).toEqual([2, 0, 0, 0, 0, 2]);
  });

  it('drops the same elements for the same key, others for another, forward and backward', async () => {
    const x = normal(key.fold('x'), [5, 7, 3]);
    const dropped = Array.from(await applyDropout(x, 0.4, key).data(), (value) => value === 0);
    const gradient = grad((each: Tensor) => applyDropout(each, 0.4, key))(x, mul(ones([5, 7, 3]), 6));
    expectClose(
      await gradient.data(),
      dropped.map((zero) => (zero ? 0 : 10)),
      { atol: 1e-5, rtol: 0 },
    );
    expect(Array.from(await applyDropout(x, 0.4, createKey('another')).data(), (value) => value === 0)).not.toEqual(dropped);
  });

  it.each([0.1, 0.5, 0.9])('at rate %d drops that fraction and keeps the mean', async (rate) => {
    const kept = await applyDropout(ones([100, 400]), rate, key).data();
    const dropped = kept.filter((value) => value === 0).length / kept.length;
    expect(Math.abs(dropped - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / kept.length));
    expectClose([...new Set(kept)].sort(), [0, 1 / (1 - rate)], { atol: 0, rtol: 1e-6 });
  });

  it('at rate 0 gives a copy that may be disposed', async () => {
    const x = tensor1d([1, 2]);
    applyDropout(x, 0, key).dispose();
    expect(Array.from(await x.data())).toEqual([1, 2]);
  });

  it('leaks nothing, forward, backward or where it throws', async () => {
    const x = normal(key, [4, 3]);
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => applyDropout(x, 0.5, key))).toEqual(none);
    expect(await leaked(() => grad((each: Tensor) => applyDropout(each, 0.5, key))(x))).toEqual(none);
    expect(await leaked(() => applyDropout(x, 1, key))).toEqual(none);
  });

  it('throws for a rate outside [0, 1)', () => {
    expect(() => applyDropout(tensor1d([1]), 1, key)).toThrow(
      new ConfigError({
        caller: 'applyDropout',
        problem: 'rate must be at least 0 and below 1.',
        expected: '0 ≤ rate < 1',
        got: '1',
        remedy: 'use rate: 0.1 to drop a tenth while training, 0 for none.',
      }),
    );
  });
});

onBackends('dropout', () => {
  it('is off unless training, and then wants a key', async () => {
    const layer = dropout({ rate: 0.5 });
    const x = normal(key, [4, 3]);
    expect(await layer.apply({}, x, { key }).data()).toEqual(await x.data());
    expect(await layer.apply({}, x, { training: true, key }).data()).toEqual(await applyDropout(x, 0.5, key).data());
    expect(() => layer.apply({}, x, { training: true })).toThrow('dropout: training with dropout needs a key.');
  });
});
