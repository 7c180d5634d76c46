import fc, { type Arbitrary } from 'fast-check';
import { anyBatch, anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';

export interface LinearSizes {
  readonly batch: readonly number[];
  readonly width: number;
  readonly out: number;
  readonly hasBias?: boolean;
}

export const linearCall = (
  label: string,
  { batch, width, out, hasBias = true }: LinearSizes,
  more: Partial<ContractCall<object>> = {},
): ContractCall<object> => ({
  label,
  operands: () => [
    normals(`x of ${label}`, [...batch, width]),
    normals(`weight of ${label}`, [out, width]),
    ...(hasBias ? [normals(`bias of ${label}`, [out])] : []),
  ],
  attributes: {},
  ...more,
});

export const anyLinearCall = (longest: number): Arbitrary<ContractCall<object>> =>
  fc
    .record({ batch: anyBatch(longest), width: anyWidth(longest), out: anyWidth(longest), hasBias: fc.boolean() })
    .map((sizes) => linearCall(JSON.stringify(sizes), sizes, { growsWithLargest: true }));
