import { type MuonStepAttributes, type MuonStepInputs, type MuonStepOutputs, parametersWithMomentum } from '@longspan/core-tensor/kernel';
import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

/** The new parameters changed. */
const parameters = (outputs: MuonStepOutputs, change: (output: Tensor, nth: number) => Tensor): MuonStepOutputs =>
  outputs.map((output, at) => (at % 2 === 0 ? change(output, at / 2) : output));

/** As if the step had been so many times as long. */
const longer = (
  outputs: MuonStepOutputs,
  inputs: MuonStepInputs,
  { learningRate, weightDecay }: MuonStepAttributes,
  times: (nth: number) => number,
) =>
  parameters(outputs, (output, nth) => {
    const kept = mul(inputs[3 * nth] as Tensor, 1 - learningRate * weightDecay);
    return add(kept, mul(sub(output, kept), times(nth)));
  });

export const faults: readonly Fault<MuonStepInputs, MuonStepOutputs, MuonStepAttributes>[] = [
  {
    label: "the direction is the running sum, without Nesterov's look ahead",
    shownBy: 'wide, decayed',
    call: (inputs, attributes) => ({
      // What is added up is the same; the direction is that of the sum where the gradient is counted with it alone.
      inputs: parametersWithMomentum(inputs).flatMap(([parameter, gradient, momentum]) => [
        parameter,
        add(gradient, mul(momentum, attributes.momentum)),
        mul(momentum, 0),
      ]),
      attributes,
    }),
  },
  {
    label: 'one iteration is left out',
    shownBy: 'tall',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, iterations: attributes.iterations - 1 } }),
  },
  {
    label: 'the scale is that of the shorter side',
    shownBy: 'tall, more than a tile',
    outputs: (outputs, inputs, attributes) => longer(outputs, inputs, attributes, () => Math.sqrt(70 / 150)),
  },
  {
    label: 'decay is through the momentum',
    shownBy: 'wide, decayed',
    call: (inputs, attributes) => ({
      inputs: parametersWithMomentum(inputs).flatMap(([parameter, gradient, momentum]) => [
        parameter,
        add(gradient, mul(parameter, attributes.weightDecay)),
        momentum,
      ]),
      attributes: { ...attributes, weightDecay: 0 },
    }),
  },
  {
    label: 'nothing is added to the norm',
    shownBy: 'gradients beside which the least norm counts',
    call: (inputs, attributes) => ({
      inputs: parametersWithMomentum(inputs).flatMap(([parameter, ...others]) => [parameter, ...others.map((each) => mul(each, 1e6))]),
      attributes,
    }),
    outputs: (outputs) => outputs.map((output, at) => (at % 2 === 0 ? output : mul(output, 1e-6))),
  },
  { label: 'the last row is not written', shownBy: 'wide, more than a tile', outputs: (outputs) => parameters(outputs, lastRowUnwritten) },
  {
    label: 'the last matrix of a list stays as it is',
    shownBy: 'a list of each form',
    outputs: (outputs, inputs) => parameters(outputs, (output, nth) => (nth === 2 ? mul(inputs[3 * nth] as Tensor, 1) : output)),
  },
];
