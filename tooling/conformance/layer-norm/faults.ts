import type { LayerNormAttributes, LayerNormInputs } from '@longspan/core-tensor/kernel';
import { add, mean, mul, rsqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

export const faults: readonly Fault<LayerNormInputs, readonly [Tensor], LayerNormAttributes>[] = [
  {
    label: 'epsilon is forgotten',
    shownBy: 'large and tiny rows',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, epsilon: 1e-30 } }),
  },
  {
    label: 'a row without a deviation is divided by it',
    shownBy: 'constant rows and epsilon 0',
    outputs(_, [x, weight, bias], { epsilon }) {
      const centered = sub(x, mean(x, -1, true));
      const normal = mul(centered, rsqrt(add(mean(square(centered), -1, true), epsilon)));
      return [add(mul(normal, weight as Tensor), bias as Tensor)];
    },
  },
  {
    label: 'epsilon is added to the deviation instead of the variance',
    shownBy: 'a large epsilon',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, epsilon: attributes.epsilon ** 2 } }),
  },
  {
    label: 'the variance is E[x²] − E[x]²',
    shownBy: 'rows far from 0',
    outputs(_, [x, weight, bias], { epsilon }) {
      const center = mean(x, -1, true);
      const variance = sub(mean(square(x), -1, true), square(center));
      return [add(mul(mul(sub(x, center), rsqrt(add(variance, epsilon))), weight as Tensor), bias as Tensor)];
    },
  },
  {
    label: 'the variance is divided by one less than the width',
    shownBy: 'rows of 37 numbers, neither',
    outputs: ([y]) => [mul(y, Math.sqrt(36 / 37))],
  },
  {
    label: 'the weight is taken for the bias',
    shownBy: 'rows of 3 numbers',
    call: ([x, ...affine], attributes) => ({ inputs: [x, ...[...affine].reverse()], attributes }),
  },
  { label: 'the last row is not written', shownBy: 'more rows than one item has', outputs: ([y]) => [lastRowUnwritten(y)] },
  {
    label: 'the gradient of the weight has the rows of one item only',
    shownBy: 'more rows than one item has',
    gradients: ([dx, dWeight, dBias]) => [dx as Tensor, mul(dWeight as Tensor, 64 / 131), dBias as Tensor],
  },
];
