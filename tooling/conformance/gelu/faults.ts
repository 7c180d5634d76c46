import type { GeluAttributes } from '@longspan/core-tensor/kernel';
import { clipByValue, isNaN as isNaNAt, mul, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

type Inputs = readonly [x: Tensor];

export const faults: readonly Fault<Inputs, readonly [Tensor], GeluAttributes>[] = [
  {
    label: 'the approximation by tanh is taken for the function itself',
    shownBy: 'none: from −12 to 12',
    call: (inputs) => ({ inputs, attributes: { approximation: 'tanh' } }),
  },
  { label: 'NaN becomes 0', shownBy: 'tanh: NaN', outputs: ([y]) => [where(isNaNAt(y), zerosLike(y), y)] },
  { label: 'the last row is not written', shownBy: 'none: more than one item, and a rest', outputs: ([y]) => [lastRowUnwritten(y)] },
  {
    label: 'numbers are cut where tanh is flat',
    shownBy: 'tanh: large',
    call: ([x], attributes) => ({ inputs: [clipByValue(x, -1e3, 1e3)], attributes }),
  },
  { label: 'the gradient is 1 in 1,000 too large', shownBy: 'none: [3, 5, 7]', gradients: ([dx]) => [mul(dx as Tensor, 1.001)] },
];
