import type { Tensor } from '@tensorflow/tfjs-core';
import { type AdamWStepAttributes, adamWStepContract } from '../contracts/adamw-step/contract.ts';
import { ConfigError, isFloat, requireKnown, show } from '../error/index.ts';
import { dims } from '../tensor/dims.ts';
import { checkDtype } from '../tensor/features.ts';

// A number that never had a gradient has moments of 0, and 0 / 0 is NaN. The root of the smallest float32 is 3.7e-23, beside which this
// epsilon is nothing.
const leastEpsilon = 1e-24;

export interface AdamWState {
  readonly parameter: Tensor;
  /** Running means of the gradient and of its square: zeros before the first step. */
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
}

/**
 * One step of AdamW for one parameter. Nothing is changed in place: dispose the old state when the new one is taken. Runs off the
 * tape: it has no gradient.
 * @shape gradient and all of the state: one shape, float32
 * @param options learningRate, beta1, beta2, epsilon, weightDecay, and step, which counts from 1
 * @returns the new parameter and moments
 * @throws ShapeError when the four are not of one shape; ConfigError for an option out of its range
 * @cost O(size) time; with a fused kernel one pass over the four
 * @source Loshchilov & Hutter 2019 (arXiv 1711.05101) algorithm 2, as torch.optim.AdamW: the decay is by the learning rate alone, and
 *   epsilon is added after the second moment's bias is corrected
 * @example
 * const state = { parameter: tensor1d([1]), firstMoment: zeros([1]), secondMoment: zeros([1]) };
 * const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 0, weightDecay: 0.5, step: 1 };
 * await adamWStep(state, tensor1d([3]), options).parameter.data(); // => [0.85]
 */
export function adamWStep(state: AdamWState, gradient: Tensor, options: AdamWStepAttributes): AdamWState {
  const caller = 'adamWStep';
  requireKnown(caller, state, { parameter: true, firstMoment: true, secondMoment: true });
  requireKnown(caller, options, { learningRate: true, beta1: true, beta2: true, epsilon: true, weightDecay: true, step: true });
  const { parameter, firstMoment, secondMoment } = state;
  checkDtype(caller, 'parameter', parameter, 'float32');
  const tensors = { parameter, gradient, firstMoment, secondMoment };
  const letters = parameter.shape.map((_, axis) => `a${axis}`).join(' ');
  dims(caller, Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, [tensor, letters]])));
  for (const [name, tensor] of Object.entries(tensors)) checkDtype(caller, name, tensor, 'float32');
  checkOptions(caller, options);
  const [newParameter, newFirst, newSecond] = adamWStepContract.run([parameter, gradient, firstMoment, secondMoment], {
    ...options,
    epsilon: Math.max(options.epsilon, leastEpsilon),
  });
  return { parameter: newParameter, firstMoment: newFirst, secondMoment: newSecond };
}

function checkOptions(caller: string, { learningRate, beta1, beta2, epsilon, weightDecay, step }: AdamWStepAttributes): void {
  const wrong = [
    ['learningRate', learningRate, 'a finite number of at least 0', isFloat(learningRate) && learningRate >= 0],
    ['beta1', beta1, 'in [0, 1)', Number.isFinite(beta1) && beta1 >= 0 && beta1 < 1],
    ['beta2', beta2, 'in [0, 1)', Number.isFinite(beta2) && beta2 >= 0 && beta2 < 1],
    ['epsilon', epsilon, 'a finite number of at least 0', isFloat(epsilon) && epsilon >= 0],
    ['weightDecay', weightDecay, 'a finite number of at least 0', isFloat(weightDecay) && weightDecay >= 0],
    ['step', step, 'an integer of at least 1', Number.isSafeInteger(step) && step >= 1],
  ] as const;
  const found = wrong.find(([, , , isRight]) => !isRight);
  if (found === undefined) return;
  const [name, value, expected] = found;
  throw new ConfigError({
    caller,
    problem: `${name} must be ${expected}.`,
    expected,
    got: show(value),
    remedy: 'start from learningRate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8, weightDecay 0.01, step 1.',
  });
}
