import { readdirSync, readFileSync } from 'node:fs';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { scalar, type Tensor, tensor1d, zeros, zerosLike } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../error/index.ts';
import { readSafetensors, type SafetensorsEntry, toTensor } from '../safetensors/index.ts';
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
const zeroState = (parameter: Tensor): AdamWState => ({ parameter, firstMoment: zerosLike(parameter), secondMoment: zerosLike(parameter) });

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
      let state = zeroState(stored(`param.${name}`));
      let ownStep = 0;
      for (let step = 1; step <= steps; step++) {
        if (tensors.has(`in.grad.${name}.${step}`)) {
          ownStep++;
          state = adamWStep(state, stored(`in.grad.${name}.${step}`), {
            learningRate: rates?.[step - 1] ?? group.lr,
            ...{ beta1: betas[0], beta2: betas[1], epsilon: eps, weightDecay: weight_decay, step: ownStep },
          });
        }
        const parts = { param: state.parameter, exp_avg: state.firstMoment, exp_avg_sq: state.secondMoment };
        for (const [part, tensor] of Object.entries(parts)) {
          const expected = `out.${part}.${name}.${step}`;
          if (tensors.has(expected)) expectClose(await tensor.data(), await stored(expected).data(), tolerance, expected);
        }
      }
      expect(ownStep).toBeGreaterThan(0);
    });
  });

  it('with epsilon 0 leaves a number alone that never had a gradient', async () => {
    const stepped = adamWStep(zeroState(tensor1d([2, 2])), tensor1d([0, 3]), { ...options, epsilon: 0 });
    expectClose(await stepped.parameter.data(), [2, 1.9], { atol: 1e-6, rtol: 0 });
  });

  it('leaves state and gradient as they are, and nothing behind', async () => {
    const state = zeroState(tensor1d([1, -2]));
    const gradient = tensor1d([3, 0.5]);
    expect(await leaked(() => ({ ...adamWStep(state, gradient, options) }))).toEqual({ tensors: 0, buffers: 0 });
    expect([...(await state.parameter.data())]).toEqual([1, -2]);
    expect([...(await state.firstMoment.data())]).toEqual([0, 0]);
  });

  it('a scalar parameter moves by the learning rate in its first step', async () => {
    const { parameter } = adamWStep(zeroState(scalar(5)), scalar(-7), options);
    expect((await parameter.data())[0]).toBeCloseTo(5.1, 5);
  });

  it('rejects a gradient of another shape, and options out of their range', () => {
    const state = zeroState(zeros([2, 3]));
    expect(() => adamWStep(state, zeros([3, 2]), options)).toThrow(ShapeError);
    expect(() => adamWStep(state, zeros([2, 3], 'int32'), options)).toThrow(ShapeError);
    const message =
      'adamWStep: step must be an integer of at least 1.\n' +
      '  expected  an integer of at least 1\n' +
      '  got       0\n' +
      '  remedy    start from learningRate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8, weightDecay 0.01, step 1.';
    expect(() => adamWStep(state, zeros([2, 3]), { ...options, step: 0 })).toThrow(message);
    for (const wrong of [
      { learningRate: Number.NaN },
      { beta1: 1 },
      { beta2: -0.1 },
      { epsilon: -1 },
      { weightDecay: Number.POSITIVE_INFINITY },
    ]) {
      expect(() => adamWStep(state, zeros([2, 3]), { ...options, ...wrong })).toThrow(ConfigError);
    }
  });
});
