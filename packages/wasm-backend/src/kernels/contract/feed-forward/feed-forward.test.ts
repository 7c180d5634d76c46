import type { Activation } from '@longspan/core-tensor';
import { feedForwardContract } from '@longspan/core-tensor/kernel';
import { againstReference, draw } from '../../../../test/against-reference.ts';
import { feedForwardKernel } from './feed-forward.ts';

const call =
  (batch: readonly number[], width: number, inner: number, chunkLength: number, activation: Activation = 'gelu') =>
  () => ({
    inputs: [
      draw('x', [...batch, width]),
      draw('inner weight', [inner, width]),
      draw('inner bias', [inner]),
      draw('outer weight', [width, inner]),
      draw('outer bias', [width]),
    ] as const,
    attributes: { activation, chunkLength },
  });

againstReference(feedForwardContract, feedForwardKernel, [
  { label: 'one number', make: call([1], 1, 1, 1) },
  { label: 'one chunk', make: call([2, 3], 5, 13, 6) },
  { label: 'two chunks', make: call([7], 4, 9, 4, 'geluTanh') },
  { label: 'three chunks, the last short', make: call([2, 4], 6, 11, 3, 'relu') },
  { label: 'a chunk longer than there are rows', make: call([5], 3, 7, 100) },
  { label: 'many chunks of one row', make: call([9], 8, 5, 1), looser: 4 },
]);
