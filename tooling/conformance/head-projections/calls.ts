import type { HeadProjectionsAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { integer, magnitude } from '../../arbitrary/index.ts';
import { anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';

export interface HeadProjectionsSizes {
  readonly batch: number;
  readonly length: number;
  readonly width: number;
  /** Of each projection. */
  readonly heads: readonly (readonly [heads: number, headDim: number])[];
  readonly hasBias?: boolean;
}

export const headProjectionsCall = (
  label: string,
  { batch, length, width, heads, hasBias = true }: HeadProjectionsSizes,
  more: Partial<ContractCall<HeadProjectionsAttributes>> = {},
): ContractCall<HeadProjectionsAttributes> => ({
  label,
  operands: () => [
    normals(`x of ${label}`, [batch, length, width]),
    ...heads.flatMap(([count, headDim], at) => [
      normals(`weight ${at} of ${label}`, [count * headDim, width]),
      ...(hasBias ? [normals(`bias ${at} of ${label}`, [count * headDim])] : []),
    ]),
  ],
  attributes: { heads: heads.map(([count]) => count), hasBias },
  ...more,
});

export const anyHeadProjectionsCall = (longest: number): Arbitrary<ContractCall<HeadProjectionsAttributes>> =>
  fc
    .record({
      batch: integer(1, 3),
      length: magnitude(1, longest),
      width: anyWidth(longest),
      heads: fc.array(fc.tuple(integer(1, 4), fc.constantFrom(1, 3, 4, 8, 10, 16)), { minLength: 1, maxLength: 3 }),
      hasBias: fc.boolean(),
    })
    .map((sizes) => headProjectionsCall(JSON.stringify(sizes), sizes, { growsWithLargest: true }));
