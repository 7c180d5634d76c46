import type { DropoutAttributes } from '@longspan/core-tensor/kernel';
import { mul, type Tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

export const faults: readonly Fault<readonly [x: Tensor], readonly [Tensor], DropoutAttributes>[] = [
  {
    label: 'the rate is the share that stays',
    shownBy: '[3, 5, 11]',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, rate: 1 - attributes.rate } }),
  },
  { label: 'what stays is not scaled', shownBy: '7 numbers', outputs: ([y], _, { rate }) => [mul(y, 1 - rate)] },
  {
    label: 'the mask is drawn from another key',
    shownBy: 'more than one item',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, key: attributes.key.fold(1) } }),
  },
  { label: 'the last row is not written', shownBy: 'more than one item', outputs: ([y]) => [lastRowUnwritten(y)] },
  { label: 'the backward pass keeps everything', shownBy: '[3, 5, 11]', gradients: ([dx]) => [mul(dx as Tensor, 0.7)] },
];
