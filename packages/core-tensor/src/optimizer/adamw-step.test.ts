import { readdirSync, readFileSync } from 'node:fs';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { memory, profile, scalar, type Tensor, tensor1d, zeros, zerosLike } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import type { Parameters } from '../layer/parameters.ts';
import { readSafetensors, type SafetensorsEntry, toTensor } from '../safetensors/index.ts';
import { normal } from '../tensor/random.ts';
import { type AdamWState, adamWStep } from './adamw-step.ts';

const folder = new URL('../../../../tooling/golden/usage/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.startsWith('training.adamw.'));

interface Group {
  readonly params: readonly string[];
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weight_decay: number;
}

const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, step: 1 };
const zerosOf = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, zerosLike(each)]));
const zeroState = (parameters: Parameters): AdamWState => ({
  parameters,
  firstMoments: zerosOf(parameters),
  secondMoments: zerosOf(parameters),
});
const tensorsOf = ({ parameters, firstMoments, secondMoments }: AdamWState): readonly Tensor[] =>
  [parameters, firstMoments, secondMoments].flatMap((each) => Object.values(each));

it('there are reference numbers', () => expect(files.length).toBeGreaterThan(3));

onBackends('adamWStep', () => {
  describe.each(files)('%s', (file) => {
    const { metadata, tensors } = readSafetensors(readFileSync(new URL(file, folder)));
    const { groups, steps } = JSON.parse(metadata['config'] as string) as { groups: readonly Group[]; steps: number };
    const tolerance = JSON.parse(metadata['tolerance'] as string) as { atol: number; rtol: number };
    const stored = (name: string): Tensor => toTensor(tensors.get(name) as SafetensorsEntry);
    const named = groups.flatMap((group) => group.params.map((name) => ({ name, group })));

    it.each(named)('gives parameter and moments of $name as torch.optim.AdamW, step by step', async ({ name, group }) => {
      const { betas, eps, weight_decay } = group;
      const rates = tensors.has('in.lr') ? await stored('in.lr').data() : undefined;
      let state = zeroState({ [name]: stored(`param.${name}`) });
      let ownStep = 0;
      for (let step = 1; step <= steps; step++) {
        if (tensors.has(`in.grad.${name}.${step}`)) {
          ownStep++;
          state = adamWStep(
            state,
            { [name]: stored(`in.grad.${name}.${step}`) },
            {
              learningRate: rates?.[step - 1] ?? group.lr,
              ...{ beta1: betas[0], beta2: betas[1], epsilon: eps, weightDecay: weight_decay, step: ownStep },
            },
          );
        }
        const parts = { param: state.parameters, exp_avg: state.firstMoments, exp_avg_sq: state.secondMoments };
        for (const [part, record] of Object.entries(parts)) {
          const expected = `out.${part}.${name}.${step}`;
          if (tensors.has(expected)) expectClose(await (record[name] as Tensor).data(), await stored(expected).data(), tolerance, expected);
        }
      }
      expect(ownStep).toBeGreaterThan(0);
    });
  });

  it('gives each parameter of a group the bits that it has in a call of its own, step after step', async () => {
    const shapes = { bias: [7], empty: [0, 3], table: [3, 5003], scalar: [], long: [8193] };
    const drawn = (what: string): Parameters =>
      Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, normal(createKey(`${what} ${name}`), shape)]));
    let together = zeroState(drawn('parameter'));
    const alone = new Map(Object.entries(together.parameters).map(([name, each]) => [name, zeroState({ [name]: each })]));
    for (const step of [1, 2, 3]) {
      const gradients = drawn(`gradient ${step}`);
      const now = { ...options, weightDecay: 0.1, step };
      together = adamWStep(together, gradients, now);
      for (const [name, state] of alone) alone.set(name, adamWStep(state, { [name]: gradients[name] as Tensor }, now));
    }
    expect(Object.keys(together.parameters)).toEqual(Object.keys(shapes));
    for (const [name, state] of alone) {
      for (const part of ['parameters', 'firstMoments', 'secondMoments'] as const) {
        const [one, other] = [together[part][name] as Tensor, state[part][name] as Tensor];
        expect(one.shape).toEqual(other.shape);
        expect(await one.data(), `${part} of ${name}`).toEqual(await other.data());
      }
    }
  });

  it('gives nothing for no parameters', () => {
    expect(adamWStep(zeroState({}), {}, options)).toEqual({ parameters: {}, firstMoments: {}, secondMoments: {} });
  });

  it('with epsilon 0 leaves a number alone that never had a gradient', async () => {
    const stepped = adamWStep(zeroState({ a: tensor1d([2, 2]) }), { a: tensor1d([0, 3]) }, { ...options, epsilon: 0 });
    expectClose(await (stepped.parameters['a'] as Tensor).data(), [2, 1.9], { atol: 1e-6, rtol: 0 });
  });

  it('leaves state and gradients as they are, and nothing behind', async () => {
    const state = zeroState({ a: tensor1d([1, -2]), b: tensor1d([4]) });
    const gradients = { a: tensor1d([3, 0.5]), b: tensor1d([1]) };
    const nothing = { tensors: 0, buffers: 0 };
    expect(await leaked(() => [...tensorsOf(adamWStep(state, gradients, options))])).toEqual(nothing);
    expect(await leaked(() => [...tensorsOf(adamWStep(state, { a: gradients.a }, options))])).toEqual(nothing);
    expect([...(await (state.parameters['a'] as Tensor).data())]).toEqual([1, -2]);
    expect([...(await (state.firstMoments['a'] as Tensor).data())]).toEqual([0, 0]);
  });

  it('holds the new tensors and the temporaries of one parameter, not of all', async () => {
    const count = 8;
    const named = (of: (name: string) => Tensor): Parameters =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, of(`p${at}`)]));
    const state = zeroState(named((name) => normal(createKey(name), [1000])));
    const gradients = named((name) => normal(createKey(`gradient of ${name}`), [1000]));
    const before = memory().numBytes;
    const { peakBytes } = await profile(() => [...tensorsOf(adamWStep(state, gradients, options))]);
    const made = 12 * 1000 * count;
    expect(peakBytes - before).toBeGreaterThanOrEqual(made);
    expect(peakBytes - before).toBeLessThan(made + 15 * 4000);
  });

  it('a scalar parameter moves by the learning rate in its first step', async () => {
    const { parameters } = adamWStep(zeroState({ a: scalar(5) }), { a: scalar(-7) }, options);
    expect((await (parameters['a'] as Tensor).data())[0]).toBeCloseTo(5.1, 5);
  });

  it('names the parameter that lacks a gradient or a moment, and the gradient that no parameter has', () => {
    const state = zeroState({ weight: zeros([2]), bias: zeros([2]) });
    const { weight } = state.parameters;
    expect(() => adamWStep(state, { weight: weight as Tensor }, options)).toThrow(
      'adamWStep: parameters, gradients and moments must have the same names.\n' +
        '  expected  gradients with bias\n' +
        '  got       none; most like it: weight\n' +
        '  remedy    leave parameters without a gradient out of all four, and give a group of its own to what has another count of steps.',
    );
    expect(() => adamWStep(state, { ...state.parameters, scale: zeros([2]) }, options)).toThrow('expected  a parameter scale');
    expect(() => adamWStep({ ...state, firstMoments: {} }, state.parameters, options)).toThrow('expected  firstMoments with weight');
  });

  it('rejects a gradient of another shape, and options out of their range', () => {
    const state = zeroState({ a: zeros([2, 3]) });
    expect(() => adamWStep(state, { a: zeros([3, 2]) }, options)).toThrow(ShapeError);
    expect(() => adamWStep(state, { a: zeros([2, 3], 'int32') }, options)).toThrow('gradients.a must be float32');
    const message =
      'adamWStep: step must be an integer of at least 1.\n' +
      '  expected  an integer of at least 1\n' +
      '  got       0\n' +
      '  remedy    start from learningRate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8, weightDecay 0.01, step 1.';
    expect(() => adamWStep(state, { a: zeros([2, 3]) }, { ...options, step: 0 })).toThrow(message);
    for (const wrong of [
      { learningRate: Number.NaN },
      { beta1: 1 },
      { beta2: -0.1 },
      { epsilon: -1 },
      { weightDecay: Number.POSITIVE_INFINITY },
    ]) {
      expect(() => adamWStep(state, { a: zeros([2, 3]) }, { ...options, ...wrong })).toThrow(ConfigError);
    }
  });
});
