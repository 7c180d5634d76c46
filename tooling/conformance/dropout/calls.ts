import { createKey } from '@longspan/core-tensor';
import type { DropoutAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { anyBatch, anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';

export const dropoutCall = (label: string, shape: readonly number[], attributes: DropoutAttributes): ContractCall<DropoutAttributes> => ({
  label,
  operands: () => [normals(`x of ${label}`, shape)],
  attributes,
});

export const anyDropoutCall = (longest: number): Arbitrary<ContractCall<DropoutAttributes>> =>
  fc.record({ batch: anyBatch(longest), width: anyWidth(longest), rate: fc.constantFrom(0.1, 0.5, 0.9) }).map(({ batch, width, rate }) => {
    const label = JSON.stringify({ batch, width, rate });
    return dropoutCall(label, [...batch, width], { rate, key: createKey(label) });
  });
