import type { Activation } from '@longspan/core-tensor';
import type { LinearAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { anyBatch, anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';

export interface LinearSizes {
  readonly batch: readonly number[];
  readonly width: number;
  readonly out: number;
  readonly hasBias?: boolean;
  readonly activation?: Activation;
}

export const linearCall = (
  label: string,
  { batch, width, out, hasBias = true, activation }: LinearSizes,
  more: Partial<ContractCall<LinearAttributes>> = {},
): ContractCall<LinearAttributes> => ({
  label,
  operands: () => [
    normals(`x of ${label}`, [...batch, width]),
    normals(`weight of ${label}`, [out, width]),
    ...(hasBias ? [normals(`bias of ${label}`, [out])] : []),
  ],
  attributes: { hasBias, ...(activation && { activation }) },
  ...more,
});

export const anyLinearCall = (longest: number): Arbitrary<ContractCall<LinearAttributes>> =>
  fc
    .record({ batch: anyBatch(longest), width: anyWidth(longest), out: anyWidth(longest), hasBias: fc.boolean() })
    .map((sizes) => linearCall(JSON.stringify(sizes), sizes, { growsWithLargest: true }));
