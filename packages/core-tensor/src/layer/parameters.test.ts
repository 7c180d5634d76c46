import { leaked, withBackend } from '@longspan/tooling/expect';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../error/index.ts';
import { countParameters, disposeParameters, parameter, prefixed, scoped } from './parameters.ts';

beforeAll(() => withBackend('cpu'));

describe('prefixed and scoped', () => {
  it('undo each other, and keep the tensors themselves', () => {
    const tensor = zeros([1]);
    const anyName = fc.string({ unit: fc.constantFrom('a', 'b', '.', '_', '0') });
    fc.assert(
      fc.property(anyName, fc.uniqueArray(anyName), (prefix, names) => {
        const parameters = Object.fromEntries(names.map((name) => [name, tensor]));
        expect(scoped(prefixed(prefix, parameters), prefix)).toEqual(parameters);
      }),
    );
    expect(prefixed('x', { weight: tensor })['x.weight']).toBe(tensor);
  });

  it('part at the dot, not within a word', () => {
    const [one, ten, plain] = [zeros([1]), zeros([2]), zeros([3])];
    const parameters = { 'layer.1.weight': one, 'layer.10.weight': ten, 'layer.1': plain };
    expect(scoped(parameters, 'layer.1')).toEqual({ weight: one });
    expect(scoped(parameters, 'layer.2')).toEqual({});
  });
});

describe('parameter', () => {
  it('gives the tensor itself', () => {
    const weight = zeros([2, 3]);
    expect(parameter({ weight }, 'weight', 'linear')).toBe(weight);
  });

  it('of another shape than the layer has is refused', () => {
    const weight = zeros([2, 3]);
    expect(parameter({ weight }, 'weight', 'linear', [2, 3])).toBe(weight);
    expect(() => parameter({ weight }, 'weight', 'linear', [3, 2])).toThrow(
      new ShapeError({
        caller: 'linear',
        problem: "weight is not of this layer's size.",
        expected: '[3, 2]',
        got: '[2, 3]',
        remedy: 'load the parameters of a layer with the same sizes, or make the layer with the sizes of the checkpoint.',
      }),
    );
  });

  it('that is missing is named with the five names most like it', () => {
    const tensor = zeros([1]);
    const names = ['embeddings.weight', 'query.bias', 'query.weight', 'query_global.weight', 'key.weight', 'value.weight', 'pooler.bias'];
    const parameters = Object.fromEntries(names.map((name) => [name, tensor]));
    expect(() => parameter(parameters, 'querry.weight', 'longformerAttention')).toThrow(
      new ConfigError({
        caller: 'longformerAttention',
        problem: 'the parameter querry.weight is missing.',
        expected: 'a tensor under querry.weight',
        got: 'query.weight, key.weight, query.bias, value.weight, query_global.weight, … (7 names)',
        remedy: 'give the record of init(key), or of a checkpoint of this family below its prefix: scoped(parameters, prefix).',
      }),
    );
  });

  it('of an empty record, or under a name that every object has, is missing', () => {
    expect(() => parameter({}, 'weight', 'linear')).toThrow(/got {7}no parameters\n/);
    expect(() => parameter({ weight: zeros([1]) }, 'constructor', 'linear')).toThrow(/got {7}weight\n/);
  });
});

it('countParameters counts numbers, a tied tensor once', () => {
  const tied = zeros([4, 3]);
  expect(countParameters({ 'wte.weight': tied, 'lm_head.weight': tied, bias: zeros([5]) })).toBe(17);
  expect(countParameters({})).toBe(0);
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
