import { add, div, mul, sqrt, square, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';

/** For each parameter of a list four tensors of its shape, one parameter after the other: parameter, gradient, first and second moment. */
export type AdamWStepInputs = readonly Tensor[];

/** For each parameter three tensors of its shape: the new parameter, first and second moment. */
export type AdamWStepOutputs = readonly Tensor[];

/** The same for all parameters of the list. */
export interface AdamWStepAttributes {
  readonly learningRate: number;
  /** How much of the first and of the second moment stays from step to step. */
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the second moment, after its bias is corrected. */
  readonly epsilon: number;
  /** The parameters shrink by this times the learning rate, apart from the gradient. */
  readonly weightDecay: number;
  /** Counts the steps of these parameters from 1. */
  readonly step: number;
}

/** The tensors of one parameter. */
export type AdamWStepOfOne = readonly [parameter: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor];

/** The inputs of the contract, parameter by parameter. */
export const parametersOfStep = (inputs: AdamWStepInputs): readonly AdamWStepOfOne[] =>
  Array.from({ length: inputs.length / 4 }, (_, at) => inputs.slice(4 * at, 4 * at + 4) as readonly Tensor[] as AdamWStepOfOne);

/** Parameters and moments after one step, all in one call: see `adamWStep`. Each has the same bits as in a list of its own. */
export const adamWStepContract: Contract<AdamWStepInputs, AdamWStepOutputs, AdamWStepAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanAdamWStep',
  outputs: (inputs: AdamWStepInputs) => 3 * (inputs.length / 4),
  reference: {
    // A tidy for each: the temporaries of one parameter are gone before the next one's are made.
    forward: (inputs, attributes: AdamWStepAttributes): AdamWStepOutputs =>
      parametersOfStep(inputs).flatMap((one) => tidy(() => [...stepped(one, attributes)])),
  },
});

function stepped(
  [parameter, gradient, firstMoment, secondMoment]: AdamWStepOfOne,
  { learningRate, beta1, beta2, epsilon, weightDecay, step }: AdamWStepAttributes,
): readonly [Tensor, Tensor, Tensor] {
  const first = add(mul(firstMoment, beta1), mul(gradient, 1 - beta1));
  const second = add(mul(secondMoment, beta2), mul(square(gradient), 1 - beta2));
  const deviation = add(mul(sqrt(second), 1 / Math.sqrt(1 - beta2 ** step)), epsilon);
  const change = mul(div(first, deviation), learningRate / (1 - beta1 ** step));
  return [sub(mul(parameter, 1 - learningRate * weightDecay), change), first, second];
}
