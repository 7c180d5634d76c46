import { leaked, withBackend } from '@longspan/tooling/expect';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { disposeParameters, prefixed, scoped } from './parameters.ts';

beforeAll(() => withBackend('cpu'));

describe('prefixed and scoped', () => {
  it('undo each other, and keep the tensors themselves', () => {
    const tensor = zeros([1]);
    const anyName = fc.string({ unit: fc.constantFrom('a', 'b', '.', '_', '0') });
    fc.assert(
      fc.property(anyName, fc.uniqueArray(anyName), (prefix, names) => {
        const parameters = Object.fromEntries(names.map((name) => [name, tensor]));
        expect(scoped(prefix, prefixed(prefix, parameters))).toEqual(parameters);
      }),
    );
    expect(prefixed('x', { weight: tensor })['x.weight']).toBe(tensor);
  });

  it('part at the dot, not within a word', () => {
    const [one, ten, plain] = [zeros([1]), zeros([2]), zeros([3])];
    const parameters = { 'layer.1.weight': one, 'layer.10.weight': ten, 'layer.1': plain };
    expect(scoped('layer.1', parameters)).toEqual({ weight: one });
    expect(scoped('layer.2', parameters)).toEqual({});
  });
});

it('disposeParameters disposes all of them, a tied tensor and a disposed one without harm', async () => {
  const make = (): Record<string, Tensor> => {
    const tied = zeros([4, 3]);
    return { a: tied, b: tied, c: zeros([2]) };
  };
  const run = () => {
    const parameters = make();
    disposeParameters(parameters);
    disposeParameters(parameters);
    expect(Object.values(parameters).every((tensor) => tensor.isDisposed)).toBe(true);
    return [];
  };
  expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
});
