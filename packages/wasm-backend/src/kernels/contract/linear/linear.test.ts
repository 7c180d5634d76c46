import { linearContract } from '@longspan/core-tensor/kernel';
import { againstReference, draw } from '../../../../test/against-reference.ts';
import { linearKernel } from './linear.ts';

const call =
  (batch: readonly number[], inFeatures: number, outFeatures: number, hasBias = true) =>
  () => ({
    inputs: [
      draw('x', [...batch, inFeatures]),
      draw('weight', [outFeatures, inFeatures]),
      ...(hasBias ? [draw('bias', [outFeatures])] : []),
    ] as const,
    attributes: {},
  });

againstReference(linearContract, linearKernel, [
  { label: 'one number', make: call([1], 1, 1) },
  { label: '[2, 3, 5] by [7, 5]', make: call([2, 3], 5, 7) },
  { label: 'no bias', make: call([5], 9, 4, false) },
  { label: 'a single row without a batch axis', make: call([], 6, 11) },
  { label: 'a batch of four axes', make: call([2, 1, 3, 2], 12, 3) },
  { label: 'more columns than one item sums', make: call([3], 5, 131) },
  { label: 'more rows than one part sums', make: call([301], 3, 17), looser: 4 },
  { label: 'no rows', make: call([0], 5, 4) },
]);
