import { createKey, type Layer, normal, type Parameters } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import {
  dispose,
  mean,
  mul,
  type Scalar,
  square,
  sub,
  type Tensor,
  tensor,
  tidy,
  train,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { type AttentionMask, reformerAttention, reformerLocalAttention } from '../src/index.ts';

const [width, length] = [12, 40];
const sizes = { width, heads: 3, chunkLength: 8 };
type Mechanism = Layer<Tensor, Tensor>;

/** By their hidden states alone; LSH hashes by one and the same key, so that its loss is a function of the parameters. */
const mechanisms = (causal: boolean): Readonly<Record<string, Mechanism>> => {
  const lsh = reformerAttention({ ...sizes, rounds: 2, causal, hashKey: createKey('hash') });
  const local = reformerLocalAttention({ ...sizes, causal });
  return {
    reformerAttention: {
      init: lsh.init,
      apply: (parameters, hidden, context) => tidy(() => lsh.apply(parameters, { hidden }, context).hidden),
    },
    reformerLocalAttention: { init: local.init, apply: (parameters, hidden, context) => local.apply(parameters, { hidden }, context) },
  };
};
const names = Object.keys(mechanisms(true));
const named = (name: string, causal = true): Mechanism => mechanisms(causal)[name] as Mechanism;
const drawn = (seed: string, shape = [2, length, width]): Tensor => normal(createKey(seed), shape);

const lossOf = (layer: Mechanism, parameters: Parameters, hidden: Tensor, target: Tensor): Scalar =>
  tidy(() => mean(square(sub(layer.apply(parameters, hidden), target))) as Scalar);

onBackends('the layers', () => {
  it.each(names)('%s trains: sixty steps towards what other parameters give take the loss below a half', async (name) => {
    const layer = named(name);
    const hidden = drawn('hidden');
    const wide = (parameters: Parameters): Parameters =>
      Object.fromEntries(Object.entries(parameters).map(([key, each]) => [key, mul(each, 10)]));
    const target = layer.apply(wide(layer.init(createKey('teacher'))), hidden);
    const variables = Object.fromEntries(Object.entries(layer.init(createKey('student'))).map(([key, each]) => [key, variable(each)]));
    const optimizer = train.adam(0.02);
    const losses: number[] = [];
    for (let step = 0; step < 60; step++) {
      const { value, grads } = variableGrads(() => lossOf(layer, variables, hidden, target), Object.values(variables));
      losses.push((await value.data())[0] as number);
      optimizer.applyGradients(Object.entries(grads).map(([key, each]) => ({ name: key, tensor: each })));
      dispose([value, grads]);
    }
    expect(losses.at(-1) as number).toBeLessThan((losses[0] as number) / 2);
    optimizer.dispose();
    dispose(variables);
  });

  it.each(names)('%s leaves no tensors behind over a hundred training steps with dropout and new rotations', async (name) => {
    const lsh = reformerAttention({ ...sizes, rounds: 2, causal: true, dropout: 0.1 });
    const local = reformerLocalAttention({ ...sizes, causal: true, dropout: 0.1 });
    const layer: Mechanism =
      name === 'reformerLocalAttention'
        ? { init: local.init, apply: (parameters, hidden, context) => local.apply(parameters, { hidden }, context) }
        : { init: lsh.init, apply: (parameters, hidden, context) => lsh.apply(parameters, { hidden }, context).hidden };
    const [hidden, target] = [drawn('hidden', [1, 16, width]), drawn('target', [1, 16, width])];
    const variables = Object.fromEntries(Object.entries(layer.init(createKey(1))).map(([key, each]) => [key, variable(each)]));
    const steps = (): Tensor[] => {
      for (let step = 0; step < 100; step++) {
        const context = { training: true, key: createKey('step').fold(step) };
        const { value, grads } = variableGrads(
          () => mean(square(sub(layer.apply(variables, hidden, context), target))) as Scalar,
          Object.values(variables),
        );
        dispose([value, grads]);
      }
      return [];
    };
    expect(await leaked(steps)).toEqual({ tensors: 0, buffers: 0 });
    dispose(variables);
  });

  it('reformerLocalAttention sees its chunk and the one before, and nothing later where it is causal', async () => {
    const layer = named('reformerLocalAttention');
    const parameters = layer.init(createKey(1));
    const hidden = drawn('hidden');
    const token = 19; // in chunk 2 of 0 … 4
    const numbers = Float32Array.from(await hidden.data(), (number, at) =>
      Math.floor(at / width) % length === token ? 9 - number : number,
    );
    const [before, after] = await Promise.all([hidden, tensor(numbers, hidden.shape)].map((each) => layer.apply(parameters, each).data()));
    const moved = new Set<number>();
    before?.forEach((number, at) => {
      if (number !== after?.[at]) moved.add(Math.floor(at / width) % length);
    });
    expect([...moved].sort((a, b) => a - b)).toEqual(Array.from({ length: 32 - token }, (_, at) => token + at));
  });

  it('reformerLocalAttention takes nothing from padded tokens', async () => {
    const layer = reformerLocalAttention({ ...sizes, chunksAfter: 1 });
    const parameters = layer.init(createKey(1));
    const attentionMask: AttentionMask = [0, 1].map((row) => Array.from({ length }, (_, at) => (at % 7 === row + 2 ? 0 : 1)));
    const isPadding = (at: number): boolean => attentionMask[Math.floor(at / (width * length))]?.[Math.floor(at / width) % length] === 0;
    const hidden = drawn('hidden');
    const noisy = tensor(
      Float32Array.from(await hidden.data(), (number, at) => (isPadding(at) ? 9 - number : number)),
      hidden.shape,
    );
    const [before, after] = await Promise.all(
      [hidden, noisy].map(async (each) => Array.from(await layer.apply(parameters, { hidden: each, attentionMask }).data())),
    );
    const real = (numbers: readonly number[] | undefined): number[] => (numbers ?? []).filter((_, at) => !isPadding(at));
    expectClose(real(after), real(before), { atol: 1e-6, rtol: 1e-6 });
    expect(after).not.toEqual(before);
  });

  it('refuse what does not fit, in whole sentences', () => {
    const layer = named('reformerAttention');
    const parameters = layer.init(createKey(1));
    expect(() => layer.apply(parameters, normal(createKey(1), [2, 41, width]))).toThrow(
      [
        'lshAttention: the length is not a multiple of chunkLength.',
        '  expected  a multiple of 8 (chunkLength), or no more than that',
        '  got       41',
        '  remedy    pad to 48 tokens and pass attentionMask, so that nothing attends to the 7 padded ones.',
      ].join('\n'),
    );
    expect(() => layer.apply(parameters, normal(createKey(1), [2, length, 5]))).toThrow(
      [
        'reformerAttention: hidden is not as wide as the layer.',
        '  expected  [b, n, width=12]',
        '  got       [2, 40, 5]',
        '  remedy    give hidden 12 along axis 2, or make the layer with width 5.',
      ].join('\n'),
    );
  });
});
