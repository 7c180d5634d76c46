import type { LinearAttributes, LinearInputs } from '@longspan/core-tensor/kernel';
import { mul, reverse, type Tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

export const faults: readonly Fault<LinearInputs, readonly [Tensor], LinearAttributes>[] = [
  {
    label: 'the bias is forgotten',
    shownBy: '[2, 3, 5] by [7, 5]',
    call: ([x, weight, bias], attributes) => ({ inputs: [x, weight, mul(bias as Tensor, 0)], attributes }),
  },
  {
    label: 'rows of the weight are read from the end',
    shownBy: 'no bias',
    call: ([x, weight, ...bias], attributes) => ({ inputs: [x, reverse(weight, 0), ...bias], attributes }),
  },
  { label: 'the last row is not written', shownBy: 'one more than multiples of 16', outputs: ([y]) => [lastRowUnwritten(y)] },
  {
    label: 'the gradient of the weight is 1 in 1,000 too large',
    shownBy: 'a batch of four axes',
    gradients: ([dx, dWeight, ...dBias]) => [dx as Tensor, mul(dWeight as Tensor, 1.001), ...dBias],
  },
  {
    label: 'the gradient of the bias has the columns of one item only',
    shownBy: 'more columns than one item sums',
    gradients: ([dx, dWeight, dBias]) => [dx as Tensor, dWeight as Tensor, lastRowUnwritten(dBias as Tensor)],
  },
];
