import { type AdamWStepAttributes, type AdamWStepInputs, type AdamWStepOutputs, parametersOfStep } from '@longspan/core-tensor/kernel';
import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

/** Every third output changed, from that one on. */
const each = (outputs: AdamWStepOutputs, part: 0 | 1 | 2, change: (output: Tensor, at: number) => Tensor): AdamWStepOutputs =>
  outputs.map((output, at) => (at % 3 === part ? change(output, (at - part) / 3) : output));

export const faults: readonly Fault<AdamWStepInputs, AdamWStepOutputs, AdamWStepAttributes>[] = [
  {
    label: 'the bias of the moments is not corrected',
    shownBy: '7 numbers, decayed',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, step: 1e9 } }),
  },
  {
    label: 'decay goes through the moments, as in Adam with a penalty',
    shownBy: '7 numbers, decayed',
    call: (inputs, attributes) => ({
      inputs: parametersOfStep(inputs).flatMap(([parameter, gradient, ...moments]) => [
        parameter,
        add(gradient, mul(parameter, attributes.weightDecay)),
        ...moments,
      ]),
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
    outputs: (outputs, inputs) => each(outputs, 2, (_, at) => mul(inputs[4 * at + 3] as Tensor, 1)),
  },
  {
    label: 'the last row is not written',
    shownBy: 'more than one item, large gradients',
    outputs: (outputs) => each(outputs, 0, lastRowUnwritten),
  },
  {
    label: 'the last parameter of a list stays as it is',
    shownBy: 'three of other shapes',
    outputs: (outputs, inputs) => each(outputs, 0, (output, at) => (at === 2 ? mul(inputs[4 * at] as Tensor, 1) : output)),
  },
];
