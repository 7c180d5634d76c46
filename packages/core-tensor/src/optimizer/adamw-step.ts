import type { Tensor } from '@tensorflow/tfjs-core';
import { type AdamWStepAttributes, adamWStepContract } from '../contracts/adamw-step/contract.ts';
import { ConfigError, isFloat, requireKnown, show } from '../error/index.ts';
import { nearestNames } from '../error/nearest-names.ts';
import { type Parameters, requireParameters } from '../layer/parameter-record.ts';
import { dims } from '../tensor/dims.ts';
import { checkDtype } from '../tensor/features.ts';

// A number that never had a gradient has moments of 0, and 0 / 0 is NaN. The root of the smallest float32 is 3.7e-23, beside which this
// epsilon is nothing.
const leastEpsilon = 1e-24;

/** Three records of the same names, those of the parameters. */
export interface AdamWState {
  readonly parameters: Parameters;
  /** Running means of the gradients and of their squares: zeros before the first step. */
  readonly firstMoments: Parameters;
  readonly secondMoments: Parameters;
}

/**
 * One step of AdamW for all parameters of a group in one call: those that share learning rate, decay and the count of steps. Nothing is
 * changed in place: dispose the old state when the new one is taken. A parameter without a gradient stays out of the call. Runs off the
 * tape: it has no gradient.
 * @shape gradients and all of the state: for each name one shape, float32
 * @param gradients by the names of the parameters
 * @param options learningRate, beta1, beta2, epsilon, weightDecay, and step, which counts from 1
 * @returns the new parameters and moments, under the same names
 * @throws ShapeError when the four of one name are not of one shape; ConfigError when a name lacks one of the four, or for an option out of
 *   its range
 * @cost O(size) time; with a fused kernel one pass over the four of each parameter. 12 bytes of new tensors for each number, beside the 16
 *   of what is given; the reference makes temporaries of one parameter at a time besides
 * @source Loshchilov & Hutter 2019 (arXiv 1711.05101) algorithm 2, as torch.optim.AdamW: the decay is by the learning rate alone, and
 *   epsilon is added after the second moment's bias is corrected
 * @example
 * const state = { parameters: { weight: tensor1d([1]) }, firstMoments: { weight: zeros([1]) }, secondMoments: { weight: zeros([1]) } };
 * const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 0, weightDecay: 0.5, step: 1 };
 * await adamWStep(state, { weight: tensor1d([3]) }, options).parameters.weight.data(); // => [0.85]
 */
export function adamWStep(state: AdamWState, gradients: Parameters, options: AdamWStepAttributes): AdamWState {
  const caller = 'adamWStep';
  requireKnown(caller, state, { parameters: true, firstMoments: true, secondMoments: true });
  requireKnown(caller, options, { learningRate: true, beta1: true, beta2: true, epsilon: true, weightDecay: true, step: true });
  const { parameters, firstMoments, secondMoments } = state;
  const names = namesOf(caller, { parameters, gradients, firstMoments, secondMoments });
  const inputs = names.flatMap((name) => fourOf(caller, name, { parameters, gradients, firstMoments, secondMoments }));
  checkOptions(caller, options);
  const outputs = names.length === 0 ? [] : adamWStepContract.run(inputs, { ...options, epsilon: Math.max(options.epsilon, leastEpsilon) });
  const recordOf = (part: number): Parameters => Object.fromEntries(names.map((name, at) => [name, outputs[3 * at + part] as Tensor]));
  return { parameters: recordOf(0), firstMoments: recordOf(1), secondMoments: recordOf(2) };
}

/** The names of the parameters; throws unless the other records have the same. */
function namesOf(caller: string, { parameters, ...others }: AdamWState & { readonly gradients: Parameters }): readonly string[] {
  requireParameters(caller, parameters);
  const names = Object.keys(parameters);
  for (const [what, record] of Object.entries(others)) {
    requireParameters(caller, record);
    const missing = names.find((name) => !Object.hasOwn(record, name));
    const unexpected = Object.keys(record).find((name) => !Object.hasOwn(parameters, name));
    const wrong = missing ?? unexpected;
    if (wrong === undefined) continue;
    throw new ConfigError({
      caller,
      problem: 'parameters, gradients and moments must have the same names.',
      expected: missing === undefined ? `a parameter ${wrong}` : `${what} with ${wrong}`,
      got: `none; most like it: ${nearestNames(wrong, Object.keys(missing === undefined ? parameters : record)).join(', ') || 'none'}`,
      remedy: 'leave parameters without a gradient out of all four, and give a group of its own to what has another count of steps.',
    });
  }
  return names;
}

/** The four tensors of a name, checked. */
function fourOf(
  caller: string,
  name: string,
  records: AdamWState & { readonly gradients: Parameters },
): readonly [parameter: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor] {
  const of = (record: Parameters): Tensor => record[name] as Tensor;
  const { parameters, gradients, firstMoments, secondMoments } = records;
  const tensors = [of(parameters), of(gradients), of(firstMoments), of(secondMoments)] as const;
  const axes = tensors[0].shape.map((_, axis) => `a${axis}`).join(' ');
  const [parameter, gradient, firstMoment, secondMoment] = tensors;
  const named = {
    [`parameters.${name}`]: parameter,
    [`gradients.${name}`]: gradient,
    [`firstMoments.${name}`]: firstMoment,
    [`secondMoments.${name}`]: secondMoment,
  };
  dims(caller, Object.fromEntries(Object.entries(named).map(([what, tensor]) => [what, [tensor, axes]])));
  for (const [what, tensor] of Object.entries(named)) checkDtype(caller, what, tensor, 'float32');
  return tensors;
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
