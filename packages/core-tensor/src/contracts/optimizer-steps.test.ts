import { onBackends } from '@longspan/tooling/expect';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { adafactorStepContract } from './adafactor-step/contract.ts';
import { muonStepContract } from './muon-step/contract.ts';
import { sgdStepContract } from './sgd-step/contract.ts';

const drawn = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), [...shape]);
const shapes = [[17, 40], [7], [40, 17], [3, 5, 9], [5003]];
const matrices = shapes.filter(({ length }) => length === 2);

/** Steps of each contract, the tensors of one parameter in a list of their own. */
const steps = [
  {
    name: 'SGD',
    lists: () => shapes.map((shape) => ['parameter', 'gradient', 'momentum'].map((what) => drawn(`${what} ${shape}`, shape))),
    run: (inputs: readonly Tensor[]) => sgdStepContract.run(inputs, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 }),
  },
  {
    name: 'Muon',
    lists: () => matrices.map((shape) => ['parameter', 'gradient', 'momentum'].map((what) => drawn(`${what} ${shape}`, shape))),
    run: (inputs: readonly Tensor[]) =>
      muonStepContract.run(inputs, { learningRate: 0.1, momentum: 0.95, weightDecay: 0.1, iterations: 5 }),
  },
  {
    name: 'Adafactor',
    lists: () =>
      shapes.map((shape) => [
        ...['parameter', 'gradient'].map((what) => drawn(`${what} ${shape}`, shape)),
        ...(shape.length < 2 ? [zeros(shape)] : [zeros(shape.slice(0, -1)), zeros([...shape.slice(0, -2), ...shape.slice(-1)])]),
        drawn(`first moment ${shape}`, shape),
      ]),
    run: (inputs: readonly Tensor[]) =>
      adafactorStepContract.run(inputs, {
        ...{ learningRate: 0.1, leastScale: 1e-3, beta1: 0.9, beta2: 0.5, epsilon: 1e-30, clipThreshold: 1, weightDecay: 0.1 },
      }),
  },
];

const numbers = async (tensors: readonly Tensor[]): Promise<number[][]> =>
  Promise.all(tensors.map(async (each) => [...(await each.data())]));

onBackends('steps of optimisers', () => {
  it.each(steps)(
    '$name: each parameter of a list has the bits that it has in a list of its own, call after call',
    async ({ lists, run }) => {
      const inputs = lists();
      const together = await numbers(run(inputs.flat()));
      expect(together.flat().every(Number.isFinite)).toBe(true);
      expect(await numbers(run(inputs.flat()))).toEqual(together);
      expect((await Promise.all(inputs.map(async (one) => numbers(run(one))))).flat()).toEqual(together);
    },
  );

  it.each(steps)('$name: nothing of no parameters', ({ run }) => expect(run([])).toEqual([]));
});
