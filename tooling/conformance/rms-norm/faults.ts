import type { RmsNormAttributes, RmsNormInputs } from '@longspan/core-tensor/kernel';
import { add, mean, mul, rsqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

export const faults: readonly Fault<RmsNormInputs, readonly [Tensor], RmsNormAttributes>[] = [
  {
    label: 'epsilon is forgotten',
    shownBy: 'large and tiny rows',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, epsilon: 1e-30 } }),
  },
  {
    label: 'a row of zeros is divided by its size',
    shownBy: 'rows of zeros and epsilon 0',
    outputs: (_, [x, weight], { epsilon }) => [mul(mul(x, rsqrt(add(mean(square(x), -1, true), epsilon))), weight as Tensor)],
  },
  {
    label: 'epsilon is added to the root instead of the mean of the squares',
    shownBy: 'a large epsilon',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, epsilon: attributes.epsilon ** 2 } }),
  },
  {
    label: 'the mean is taken off, as in a layer norm',
    shownBy: 'rows far from 0',
    call: ([x, ...weight], attributes) => ({ inputs: [sub(x, mean(x, -1, true)), ...weight], attributes }),
  },
  { label: 'the last row is not written', shownBy: 'more rows than one item has', outputs: ([y]) => [lastRowUnwritten(y)] },
  {
    label: 'the gradient of the weight has the rows of one item only',
    shownBy: 'more rows than one item has',
    gradients: ([dx, dWeight]) => [dx as Tensor, mul(dWeight as Tensor, 64 / 131)],
  },
  {
    label: 'the gradient of x lacks what goes through the size of the row',
    shownBy: 'rows of 37 numbers, no weight',
    gradients: ([dx], [x]) => [add(dx as Tensor, mul(x, 0.01))],
  },
];
