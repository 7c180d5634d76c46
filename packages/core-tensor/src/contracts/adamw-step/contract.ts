import { add, div, mul, sqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';

/** All of one shape. */
export type AdamWStepInputs = readonly [parameter: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor];

export interface AdamWStepAttributes {
  readonly learningRate: number;
  /** How much of the first and of the second moment stays from step to step. */
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the second moment, after its bias is corrected. */
  readonly epsilon: number;
  /** The parameter shrinks by this times the learning rate, apart from the gradient. */
  readonly weightDecay: number;
  /** Counts this parameter's steps from 1. */
  readonly step: number;
}

/** Parameter and moments after one step: see `adamWStep`. */
export const adamWStepContract: Contract<AdamWStepInputs, readonly [Tensor, Tensor, Tensor], AdamWStepAttributes> = defineContract({
  name: 'LongspanAdamWStep',
  outputs: 3,
  reference: {
    forward(
      [parameter, gradient, firstMoment, secondMoment],
      { learningRate, beta1, beta2, epsilon, weightDecay, step },
    ): readonly [Tensor, Tensor, Tensor] {
      const first = add(mul(firstMoment, beta1), mul(gradient, 1 - beta1));
      const second = add(mul(secondMoment, beta2), mul(square(gradient), 1 - beta2));
      const deviation = add(mul(sqrt(second), 1 / Math.sqrt(1 - beta2 ** step)), epsilon);
      const change = mul(div(first, deviation), learningRate / (1 - beta1 ** step));
      return [sub(mul(parameter, 1 - learningRate * weightDecay), change), first, second];
    },
  },
});
