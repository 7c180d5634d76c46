import type { AdamWStepAttributes, AdamWStepInputs } from '@longspan/core-tensor/kernel';
import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

export const faults: readonly Fault<AdamWStepInputs, readonly [Tensor, Tensor, Tensor], AdamWStepAttributes>[] = [
  {
    label: 'the bias of the moments is not corrected',
    shownBy: '7 numbers, decayed',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, step: 1e9 } }),
  },
  {
    label: 'decay goes through the moments, as in Adam with a penalty',
    shownBy: '7 numbers, decayed',
    call: ([parameter, gradient, ...moments], attributes) => ({
      inputs: [parameter, add(gradient, mul(parameter, attributes.weightDecay)), ...moments],
      attributes: { ...attributes, weightDecay: 0 },
    }),
  },
  {
    label: 'epsilon is added before the bias is corrected',
    shownBy: 'tiny gradients, an early step',
    call: (inputs, attributes) => ({
      inputs,
      attributes: { ...attributes, epsilon: attributes.epsilon / Math.sqrt(1 - attributes.beta2 ** attributes.step) },
    }),
  },
  {
    label: 'the second moment is that of the step before',
    shownBy: 'more than one item, large gradients',
    outputs: ([parameter, first], [, , , secondMoment]) => [parameter, first, mul(secondMoment, 1)],
  },
  {
    label: 'the last row is not written',
    shownBy: 'more than one item, large gradients',
    outputs: ([parameter, ...moments]) => [lastRowUnwritten(parameter), ...moments],
  },
];
