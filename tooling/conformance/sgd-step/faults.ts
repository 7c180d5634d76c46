import { parametersWithMomentum, type SgdStepAttributes, type SgdStepInputs, type SgdStepOutputs } from '@longspan/core-tensor/kernel';
import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

/** The new parameters changed. */
const parameters = (outputs: SgdStepOutputs, change: (output: Tensor, nth: number) => Tensor): SgdStepOutputs =>
  outputs.map((output, at) => (at % 2 === 0 ? change(output, at / 2) : output));

export const faults: readonly Fault<SgdStepInputs, SgdStepOutputs, SgdStepAttributes>[] = [
  {
    label: 'the gradient is damped by what the momentum keeps, as in a mean',
    shownBy: '7 numbers, decayed',
    call: (inputs, attributes) => ({
      inputs: parametersWithMomentum(inputs).flatMap(([parameter, gradient, momentum]) => [
        parameter,
        mul(gradient, 1 - attributes.momentum),
        momentum,
      ]),
      attributes,
    }),
  },
  {
    label: 'decay is apart from the momentum, as in AdamW',
    shownBy: '7 numbers, decayed',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, weightDecay: 0 } }),
    outputs: (outputs, inputs, { learningRate, weightDecay }) =>
      parameters(outputs, (output, nth) => sub(output, mul(inputs[3 * nth] as Tensor, learningRate * weightDecay))),
  },
  {
    label: "the momentum is Nesterov's",
    shownBy: 'three of other shapes',
    outputs: (outputs, inputs, { learningRate, momentum }) =>
      parameters(outputs, (output, nth) => {
        const [gradient, running] = [inputs[3 * nth + 1] as Tensor, outputs[2 * nth + 1] as Tensor];
        return sub(output, mul(add(gradient, mul(running, momentum - 1)), learningRate));
      }),
  },
  {
    label: 'the last row is not written',
    shownBy: 'no momentum',
    outputs: (outputs) => parameters(outputs, lastRowUnwritten),
  },
  {
    label: 'the last parameter of a list stays as it is',
    shownBy: 'three of other shapes',
    outputs: (outputs, inputs) => parameters(outputs, (output, nth) => (nth === 2 ? mul(inputs[3 * nth] as Tensor, 1) : output)),
  },
];
