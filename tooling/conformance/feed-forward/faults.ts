import type { FeedForwardAttributes, FeedForwardInputs } from '@longspan/core-tensor/kernel';
import { mul, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

export const faults: readonly Fault<FeedForwardInputs, readonly [Tensor], FeedForwardAttributes>[] = [
  {
    label: 'gelu is computed by tanh',
    shownBy: 'one chunk',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, activation: 'geluTanh' } }),
  },
  {
    label: 'the inner bias is forgotten',
    shownBy: 'two chunks',
    call: ([x, innerWeight, innerBias, ...outer], attributes) => ({ inputs: [x, innerWeight, zerosLike(innerBias), ...outer], attributes }),
  },
  {
    label: 'the last row of a short chunk is not written',
    shownBy: 'three chunks, the last short',
    outputs: ([y]) => [lastRowUnwritten(y)],
  },
  {
    label: 'the gradient of the inner weight lacks a chunk',
    shownBy: 'many chunks of one row',
    gradients: ([dx, dInner, ...others]) => [dx as Tensor, mul(dInner as Tensor, 8 / 9), ...others],
  },
];
