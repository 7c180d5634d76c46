import type { FeedForwardAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { magnitude } from '../../arbitrary/index.ts';
import { anyBatch, anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';

export interface FeedForwardSizes extends FeedForwardAttributes {
  readonly batch: readonly number[];
  readonly width: number;
  readonly inner: number;
}

export const feedForwardCall = (
  label: string,
  { batch, width, inner, ...attributes }: FeedForwardSizes,
  more: Partial<ContractCall<FeedForwardAttributes>> = {},
): ContractCall<FeedForwardAttributes> => ({
  label,
  operands: () => [
    normals(`x of ${label}`, [...batch, width]),
    normals(`inner weight of ${label}`, [inner, width]),
    normals(`inner bias of ${label}`, [inner]),
    normals(`outer weight of ${label}`, [width, inner]),
    normals(`outer bias of ${label}`, [width]),
  ],
  attributes,
  ...more,
});

// The inner sums, of up to 160 products, are off by some 1e-6, and the second map adds up to 300 of them.
const looser = 2;

export const anyFeedForwardCall = (longest: number): Arbitrary<ContractCall<FeedForwardAttributes>> =>
  fc
    .record({
      batch: anyBatch(longest),
      width: anyWidth(Math.min(longest, 160)),
      inner: anyWidth(longest),
      activation: fc.constantFrom('gelu', 'geluTanh', 'relu'),
      chunkLength: magnitude(1, 3 * longest),
    })
    .map((sizes) => feedForwardCall(JSON.stringify(sizes), sizes, { looser, growsWithLargest: true }));
