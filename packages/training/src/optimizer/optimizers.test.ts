import { createKey, linear, loadParameters, normal, type Parameters, saveParameters } from '@longspan/core-tensor';
import { expectClose, leaked, onFewerBackends } from '@longspan/tooling/expect';
import { dispose, div, ones, type Tensor, type Tensor2D, tensor1d, tensor2d, tidy, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adafactor } from './adafactor.ts';
import { adamW } from './adam-w.ts';
import { muon } from './muon.ts';
import type { Optimizer, OptimizerState } from './optimizer.ts';
import { parameterGroups } from './parameter-groups.ts';
import { decayedBy, matrices, named } from './selection.ts';
import { sgd } from './sgd.ts';

const shape: [number, number] = [3, 5];
const draw = (name: string): Tensor => normal(createKey(name), shape);
const values = async (tensor: Tensor): Promise<number[]> => [...(await tensor.data())];

/** The state as it comes back from a file. */
async function restored(state: OptimizerState): Promise<OptimizerState> {
  const entries = Object.entries(state);
  const tensors = entries.filter((entry): entry is [string, Tensor] => typeof entry[1] !== 'number');
  return { ...Object.fromEntries(entries), ...loadParameters(await saveParameters(Object.fromEntries(tensors))) };
}

/** Some steps of an optimiser on one matrix. */
async function run(optimizer: Optimizer, steps: number, learningRate: number): Promise<number[]> {
  let parameters: Parameters = { weight: draw('start') };
  let state: OptimizerState = {};
  for (let at = 0; at < steps; at++) {
    const gradients = { weight: draw(`gradient ${at}`) };
    const moved = optimizer.step(parameters, gradients, state, learningRate);
    dispose([{ ...parameters }, gradients, Object.values(state).filter((each) => typeof each !== 'number')]);
    ({ parameters, state } = moved);
  }
  const found = await values(parameters['weight'] as Tensor);
  dispose([{ ...parameters }, Object.values(state).filter((each) => typeof each !== 'number')]);
  return found;
}

onFewerBackends('optimisers', () => {
  it('sgd remembers as torch does', async () => {
    let weight = await values(draw('start'));
    let momentum = weight.map(() => 0);
    for (let at = 0; at < 4; at++) {
      const gradient = await values(draw(`gradient ${at}`));
      momentum = momentum.map((m, i) => 0.9 * m + (gradient[i] as number) + 0.1 * (weight[i] as number));
      weight = weight.map((w, i) => w - 0.05 * (momentum[i] as number));
    }
    expectClose(await run(sgd({ momentum: 0.9, weightDecay: 0.1 }), 4, 0.05), weight, { atol: 1e-5, rtol: 1e-5 });
  });

  it('muon makes the momentum nearly orthogonal, whichever side is longer', async () => {
    for (const sides of [shape, [5, 3] as [number, number]]) {
      const found = tidy(() => {
        // From zeros by −1: what is left is the direction, made longer by 0.2 √5.
        const moved = muon({ weightDecay: 0 }).step({ x: zeros(sides) }, { x: normal(createKey('x'), sides) }, {}, 1);
        const x = div(moved.parameters['x'] as Tensor2D, -0.2 * Math.sqrt(5));
        return sides[0] > sides[1] ? x.transpose().matMul(x) : x.matMul(x.transpose());
      });
      const products = await values(found);
      for (let row = 0; row < 3; row++) {
        for (let column = 0; column < 3; column++) {
          const product = products[3 * row + column] as number;
          if (row === column)
            expect(Math.abs(product - 0.95)).toBeLessThan(0.45); // singular values of 0.7 to 1.2, squared
          else expect(Math.abs(product)).toBeLessThan(0.35);
        }
      }
    }
  });

  it('muon moves by the learning rate: each update has the root mean square of 0.2 times it, about', async () => {
    const before = await values(draw('start'));
    const after = await run(muon({ weightDecay: 0 }), 1, 0.5);
    const squares = after.map((each, at) => (each - (before[at] as number)) ** 2);
    expect(Math.sqrt(squares.reduce((sum, each) => sum + each, 0) / squares.length) / 0.5).toBeGreaterThan(0.12);
    expect(Math.sqrt(squares.reduce((sum, each) => sum + each, 0) / squares.length) / 0.5).toBeLessThan(0.25);
  });

  it.each([adamW(), adafactor({ beta1: 0.9 }), sgd({ momentum: 0.9 }), muon()])('$name leaves nothing behind', async (optimizer) => {
    expect(await leaked(async () => void (await run(optimizer, 3, 0.1)))).toEqual({ tensors: 0, buffers: 0 });
  });

  it.each([adamW(), adafactor({ beta1: 0.9 }), sgd({ momentum: 0.9 }), parameterGroups([{ of: named('*'), optimizer: muon() }])])(
    '$name goes on from its state as if it had not stopped',
    async (optimizer) => {
      const whole = await run(optimizer, 4, 0.1);
      let [parameters, state]: [Parameters, OptimizerState] = [{ weight: draw('start') }, {}];
      for (let at = 0; at < 4; at++) {
        ({ parameters, state } = optimizer.step(parameters, { weight: draw(`gradient ${at}`) }, await restored(state), 0.1));
      }
      expect(await values(parameters['weight'] as Tensor)).toEqual(whole);
    },
  );
});

describe('parameterGroups', () => {
  const one = () => ({ 'a.weight': ones([2, 2]), 'b.weight': ones([2, 2]), 'b.bias': ones([2]) });

  it('gives each parameter to the first group that chooses it, and leaves those without a gradient alone', async () => {
    const groups = parameterGroups([
      { of: named('a.*'), optimizer: sgd(), rate: 0.5 },
      { of: matrices, optimizer: sgd() },
      { of: named('*'), optimizer: sgd(), rate: 0 },
    ]);
    const { parameters } = groups.step(one(), one(), {}, 1);
    expect(await Promise.all(Object.values(parameters).map(async (each) => (await each.data())[0]))).toEqual([0.5, 0, 1]);
    expect(Object.keys(groups.step(one(), { 'b.bias': ones([2]) }, {}, 1).parameters)).toEqual(['b.bias']);
  });

  it('refuses a parameter of no group, a state of another optimiser, and a gradient of nothing', () => {
    const groups = parameterGroups([{ of: matrices, optimizer: sgd() }]);
    expect(() => groups.step(one(), one(), {}, 1)).toThrow('every parameter with a gradient must belong to a group');
    expect(() => groups.step(one(), {}, { 'firstMoment.a.weight': ones([2, 2]) }, 1)).toThrow('the state must be one of sgd');
    expect(() => sgd().step(one(), { other: ones([2]) }, {}, 1)).toThrow('gradients and state must be of parameters that are given');
  });
});

it('decay acts where the spec says so', async () => {
  const layer = linear({ inFeatures: 2, outFeatures: 1 });
  const parameters = { weight: tensor2d([[1, 1]]), bias: tensor1d([1]) };
  const gradients = { weight: tensor2d([[0, 0]]), bias: tensor1d([0]) };
  const moved = adamW({ weightDecay: 0.5, decays: decayedBy(layer) }).step(parameters, gradients, {}, 1).parameters;
  expect([await values(moved['weight'] as Tensor), await values(moved['bias'] as Tensor)]).toEqual([[0.5, 0.5], [1]]);
});

it('patterns have stars at any place', () => {
  const chosen = (pattern: string, name: string): boolean => named(pattern)(name, []);
  expect(['a*c', 'a*b*c', '*', 'abc'].map((pattern) => chosen(pattern, 'abc'))).toEqual([true, true, true, true]);
  expect(['a*cc', 'ab', 'b*', '*a', 'abc*c'].map((pattern) => chosen(pattern, 'abc'))).toEqual([false, false, false, false, false]);
});

it("adafactor refuses optax's sign of the decay rate, by which means of squares would be negative", () => {
  expect(() => adafactor({ decayRate: 0.8 })).toThrow('decayRate must be at most 0.');
});
