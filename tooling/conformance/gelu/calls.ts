import type { GeluAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { anyBatch, anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';

export const anyGeluCall = (longest: number): Arbitrary<ContractCall<GeluAttributes>> =>
  fc
    .record({ batch: anyBatch(longest), width: anyWidth(longest), approximation: fc.constantFrom('none', 'tanh') })
    .map(({ batch, width, approximation }) => {
      const label = JSON.stringify({ batch, width, approximation });
      return { label, operands: () => [normals(`x of ${label}`, [...batch, width], (x) => 2 * x)], attributes: { approximation } };
    });
