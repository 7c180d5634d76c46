import { layerNormContract } from '@longspan/core-tensor/kernel';
import { add, fill, mul, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { againstReference, draw } from '../../../../test/against-reference.ts';
import { layerNormKernel } from './layer-norm.ts';

const call = (x: () => Tensor, { weight = true, bias = true, epsilon = 1e-5 } = {}) => {
  return () => {
    const given = tidy(x);
    const width = given.shape.at(-1) as number;
    return {
      inputs: [given, ...(weight ? [draw('weight', [width])] : []), ...(bias ? [draw('bias', [width])] : [])] as const,
      attributes: { epsilon, hasWeight: weight, hasBias: bias },
    };
  };
};

againstReference(layerNormContract, layerNormKernel, [
  { label: 'rows of one number', make: call(() => draw('x', [2, 3, 1])) },
  { label: 'rows of 3 numbers', make: call(() => draw('x', [5, 3])) },
  { label: 'rows of 7 numbers in batches, no bias', make: call(() => draw('x', [2, 3, 5, 7]), { bias: false }) },
  { label: 'rows of 12 numbers, no weight', make: call(() => draw('x', [2, 7, 12]), { weight: false }) },
  { label: 'rows of 37 numbers, neither', make: call(() => draw('x', [3, 37]), { weight: false, bias: false }) },
  { label: 'one row', make: call(() => draw('x', [256])) },
  { label: 'more rows than one item has', make: call(() => draw('x', [131, 20])), looser: 4 },
  { label: 'constant rows', make: call(() => add(fill([5, 9], 1.5), tensor([0, 1, 1e-3, 1e6, -7], [5, 1]))) },
  { label: 'rows far from 0', make: call(() => add(draw('x', [4, 33]), 1e4)), looser: 10 },
  { label: 'large and tiny rows', make: call(() => mul(draw('x', [3, 21]), tensor([1e15, 1, 1e-15], [3, 1]))) },
  { label: 'no rows', make: call(() => draw('x', [0, 8])) },
]);
