import type { RmsNormAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { anyBatch, anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals, type Operand } from '../contract/operand.ts';

interface More extends Partial<RmsNormAttributes> {
  readonly hasWeight?: boolean;
  readonly looser?: number;
  readonly growsWithLargest?: boolean;
}

export const rmsNormCall = (
  label: string,
  x: () => Operand,
  { epsilon = 1e-6, hasWeight = true, ...more }: More = {},
): ContractCall<RmsNormAttributes> => ({
  label,
  operands: () => {
    const given = x();
    return [given, ...(hasWeight ? [normals(`weight of ${label}`, [given.shape.at(-1) as number])] : [])];
  },
  attributes: { epsilon },
  ...more,
});

/** Rows of few numbers can all be near 0, so that dividing by their size makes rounding larger. */
export const anyRmsNormCall = (longest: number): Arbitrary<ContractCall<RmsNormAttributes>> =>
  fc.record({ batch: anyBatch(longest), width: anyWidth(longest), hasWeight: fc.boolean() }).map(({ batch, width, hasWeight }) => {
    const label = JSON.stringify({ batch, width, hasWeight });
    const looser = width < 8 ? 500 : 10;
    return rmsNormCall(label, () => normals(`x of ${label}`, [...batch, width]), { hasWeight, looser, growsWithLargest: true });
  });
