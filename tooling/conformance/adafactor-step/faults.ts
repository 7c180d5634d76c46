import {
  type AdafactorStepAttributes,
  type AdafactorStepInputs,
  type AdafactorStepOutputs,
  parametersOfAdafactor,
} from '@longspan/core-tensor/kernel';
import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

/** Every new parameter changed. */
function parameters(
  outputs: AdafactorStepOutputs,
  inputs: AdafactorStepInputs,
  attributes: AdafactorStepAttributes,
  change: (output: Tensor, before: Tensor, nth: number) => Tensor,
): AdafactorStepOutputs {
  const changed = [...outputs];
  let at = 0;
  parametersOfAdafactor(inputs, attributes).forEach(({ parameter, meanOfRows, firstMoment }, nth) => {
    changed[at] = change(outputs[at] as Tensor, parameter, nth);
    at += 2 + (meanOfRows ? 1 : 0) + (firstMoment ? 1 : 0);
  });
  return changed;
}

const other = (more: Partial<AdafactorStepAttributes>) => (inputs: AdafactorStepInputs, attributes: AdafactorStepAttributes) => ({
  inputs,
  attributes: { ...attributes, ...more },
});

export const faults: readonly Fault<AdafactorStepInputs, AdafactorStepOutputs, AdafactorStepAttributes>[] = [
  { label: 'no update is clipped', shownBy: 'an update that is clipped', call: other({ clipThreshold: 1e9 }) },
  { label: 'every update is clipped', shownBy: 'an update that is not clipped', call: other({ clipThreshold: 0.1 }) },
  { label: 'the size of the parameter is left out', shownBy: 'a matrix, the first step', call: other({ leastScale: 0 }) },
  { label: 'the least scale is left out', shownBy: 'a parameter smaller than the least scale', call: other({ leastScale: 1e-9 }) },
  { label: 'the means of squares forget all', shownBy: 'an update that is not clipped', call: other({ beta2: 0 }) },
  {
    label: 'the decay is by the learning rate that was given, not by that of the parameter',
    shownBy: '7 numbers, decayed',
    call: other({ weightDecay: 0 }),
    outputs: (outputs, inputs, attributes) =>
      parameters(outputs, inputs, attributes, (output, before) =>
        sub(output, mul(before, attributes.learningRate * attributes.weightDecay)),
      ),
  },
  {
    label: 'the first moment is taken after the step',
    shownBy: 'a matrix with a first moment, decayed',
    outputs: ([parameter, rows, columns, first, ...rest], [, , , , before]) => [
      add(parameter as Tensor, sub(first as Tensor, before as Tensor)),
      ...[rows, columns, first].map((each) => each as Tensor),
      ...rest,
    ],
  },
  {
    label: 'the mean of rows is their sum',
    shownBy: 'one column',
    outputs: ([parameter, rows, ...rest]) => [parameter as Tensor, mul(rows as Tensor, 2), ...rest],
  },
  {
    label: 'the last row is not written',
    shownBy: 'long',
    outputs: (outputs, inputs, attributes) => parameters(outputs, inputs, attributes, lastRowUnwritten),
  },
  {
    label: 'the last parameter of a list stays as it is',
    shownBy: 'a list of each form',
    outputs: (outputs, inputs, attributes) =>
      parameters(outputs, inputs, attributes, (output, before, nth) => (nth === 4 ? mul(before, 1) : output)),
  },
];
