import type { HeadProjectionsAttributes, HeadProjectionsInputs, HeadProjectionsOutputs } from '@longspan/core-tensor/kernel';
import { mul, reshape, type Tensor, transpose, zerosLike } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

export const faults: readonly Fault<HeadProjectionsInputs, HeadProjectionsOutputs, HeadProjectionsAttributes>[] = [
  {
    label: 'tokens and heads are not exchanged',
    shownBy: 'queries, keys and values alike',
    outputs: (outputs) => outputs.map((each) => reshape(transpose(each, [0, 2, 1, 3]), each.shape)),
  },
  {
    label: 'keys and values are exchanged',
    shownBy: 'the same without biases',
    call: ([x, query, key, value], attributes) => ({ inputs: [x, query, value, key] as never, attributes }),
  },
  {
    label: 'the last bias is forgotten',
    shownBy: 'heads of different sizes',
    call: (inputs, attributes) => ({
      inputs: [...inputs.slice(0, -1), zerosLike(inputs.at(-1) as Tensor)] as readonly Tensor[] as HeadProjectionsInputs,
      attributes,
    }),
  },
  {
    label: 'the last row is not written',
    shownBy: 'heads of 5, which cross fours',
    outputs: (outputs) => [...outputs.slice(0, -1), lastRowUnwritten(outputs.at(-1) as Tensor)],
  },
  {
    label: 'the gradient of x is 1 in 1,000 too large',
    shownBy: 'fewer key heads',
    gradients: ([dx, ...others]) => [mul(dx as Tensor, 1.001), ...others],
  },
  {
    label: 'the gradients of two weights are exchanged',
    shownBy: 'the same without biases',
    gradients: ([dx, ofQuery, ofKey, ...others]) => [dx, ofKey, ofQuery, ...others] as Tensor[],
  },
  {
    label: "the gradient of a bias lacks a batch row's half",
    shownBy: 'queries, keys and values alike',
    gradients: (gradients) => [...gradients.slice(0, -1), mul(gradients.at(-1) as Tensor, 0.5)],
  },
];
