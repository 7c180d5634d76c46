import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { add, grads, matMul, mean, mul, sum, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../error/index.ts';
import { createKey, type Key } from '../key/index.ts';
import { bernoulli, normal } from '../tensor/random.ts';
import { chain, contextOf, residual } from './compose.ts';
import type { Layer } from './layer.ts';
import { disposeParameters } from './parameters.ts';

const key = createKey('compose');

/** x · weight, and in training with a mask over it. */
const product = (from: number, to: number): Layer => ({
  init: (given: Key) => ({ weight: normal(given, [from, to]) }),
  apply: ({ weight }, x, context) =>
    tidy(() => {
      const y = matMul(x, weight as Tensor);
      return context?.training && context.key ? mul(y, bernoulli(context.key, y.shape, 0.5)) : y;
    }),
});

onBackends('chain', () => {
  it('applies its layers in order, with parameters under their names from keys of their own', async () => {
    const layers = chain({ up: product(2, 3), down: chain({ inner: product(3, 5) }) });
    const parameters = layers.init(key);
    expect(Object.keys(parameters)).toEqual(['up.weight', 'down.inner.weight']);
    expect(await parameters['up.weight']?.data()).toEqual(await normal(key.fold('up'), [2, 3]).data());
    expect(await parameters['down.inner.weight']?.data()).toEqual(await normal(key.fold('down').fold('inner'), [3, 5]).data());

    const x = normal(key.fold('x'), [7, 2]);
    const [up, down] = [parameters['up.weight'] as Tensor, parameters['down.inner.weight'] as Tensor];
    const y = layers.apply(parameters, x);
    expectClose(await y.data(), await matMul(matMul(x, up), down).data(), { atol: 0, rtol: 0 });
  });

  it('gives each layer random numbers of its own, the same for the same key', async () => {
    const seen: string[] = [];
    const spy: Layer = {
      init: () => ({}),
      apply: (_, x, context) => {
        seen.push(`${context?.training} ${context?.key?.words}`);
        return mul(x, 1);
      },
    };
    const layers = chain({ a: spy, b: chain({ c: spy }) });
    layers.apply({}, tensor([1]), { training: true, key });
    layers.apply({}, tensor([1]));
    expect(seen).toEqual([
      `true ${key.fold('a').words}`,
      `true ${key.fold('b').fold('c').words}`,
      'undefined undefined',
      'undefined undefined',
    ]);
  });

  it('and residual have the gradients of what they are made of', async () => {
    const layers = chain({ first: residual(chain({ inner: product(3, 3) })), second: product(3, 2) });
    const parameters = layers.init(key);
    const names = Object.keys(parameters);
    const x = normal(key.fold('x'), [5, 3]);
    const cotangent = normal(key.fold('cotangent'), [5, 2]);
    const context = { training: true, key };
    const loss = (apply: (given: readonly Tensor[]) => Tensor) => grads((...given: Tensor[]) => sum(mul(apply(given), cotangent)));
    const tensors = [x, ...Object.values(parameters)];
    const ours = loss(([input, ...weights]) =>
      layers.apply(Object.fromEntries(names.map((name, i) => [name, weights[i] as Tensor])), input as Tensor, context),
    )(tensors);
    const byHand = loss(([input, inner, second]) => {
      const kept = bernoulli(key.fold('first').fold('inner'), [5, 3], 0.5);
      const middle = add(mul(matMul(input as Tensor, inner as Tensor), kept), input as Tensor);
      return mul(matMul(middle, second as Tensor), bernoulli(key.fold('second'), [5, 2], 0.5));
    })(tensors);
    for (const [i, dx] of ours.entries()) expectClose(await dx.data(), await (byHand[i] as Tensor).data(), { atol: 1e-6, rtol: 1e-6 });
  });

  it('leaks nothing, forward, backward and when a layer throws', async () => {
    const layers = chain({ first: residual(product(3, 3)), second: product(3, 2) });
    const parameters = layers.init(key);
    const x = normal(key, [5, 3]);
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => ({ ...layers.init(key) }))).toEqual(none);
    expect(await leaked(() => layers.apply(parameters, x, { training: true, key }))).toEqual(none);
    expect(await leaked(() => grads((given: Tensor) => sum(layers.apply(parameters, given)))([x]))).toEqual(none);
    expect(await leaked(() => chain({ first: product(3, 2), second: residual(product(2, 4)) }).apply({ ...parameters }, x))).toEqual(none);
    disposeParameters(parameters);
  });

  it('of no layers returns a copy that outlives its argument', async () => {
    const x = tensor([1, 2]);
    const y = chain({}).apply({}, x);
    x.dispose();
    expect(Array.from(await y.data())).toEqual([1, 2]);
  });
});

describe('chain', () => {
  it('refuses names whose parameters could collide', () => {
    expect(() => chain({ a: product(1, 1), 'a.b': product(1, 1) })).toThrow(
      new ConfigError({
        caller: 'chain',
        problem: 'the parameters of the layer a.b could collide with those of another.',
        expected: 'names that are not empty, none of them the beginning of another up to a dot',
        got: "'a', 'a.b'",
        remedy: 'rename a.b, or chain it within the other.',
      }),
    );
    expect(() => chain({ '': product(1, 1) })).toThrow(/chain: a layer has no name\./);
    expect(Object.keys(chain({ 'a.b': product(1, 1), 'a.bc': product(1, 1) }).init(key))).toEqual(['a.b.weight', 'a.bc.weight']);
  });
});

describe('residual', () => {
  it('refuses outputs that tfjs would broadcast', () => {
    const average: Layer = { init: () => ({}), apply: (_, x) => mean(x, -1, true) };
    expect(() => residual(average).apply({}, normal(key, [2, 3]))).toThrow(
      new ShapeError({
        caller: 'residual',
        problem: 'the outputs of the layer cannot be added to its inputs.',
        expected: '[2, 3], the shape of the inputs',
        got: '[2, 1]',
        remedy: 'use a layer that keeps the shape, or chain it without residual.',
      }),
    );
  });
});

it('contextOf folds the key by the name and keeps the rest', () => {
  expect(contextOf(undefined, 'a')).toEqual({});
  expect(contextOf({ training: true }, 'a')).toEqual({ training: true });
  const inner = contextOf({ training: false, key }, 'a');
  expect([inner.training, inner.key?.words]).toEqual([false, key.fold('a').words]);
});
