import type { GatherRowsAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { magnitude } from '../../arbitrary/index.ts';
import { anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { idsBelow, normals, type Operand } from '../contract/operand.ts';

export const gatherRowsCall = (
  label: string,
  { rows, width, paddingIndex = null }: Pick<GatherRowsAttributes, 'rows' | 'width'> & Partial<GatherRowsAttributes>,
  ids: () => Operand,
  more: Partial<ContractCall<GatherRowsAttributes>> = {},
): ContractCall<GatherRowsAttributes> => ({
  label,
  operands: () => [normals(`table of ${label}`, [rows, width]), ids()],
  attributes: { rows, width, paddingIndex },
  ...more,
});

export const anyGatherRowsCall = (longest: number): Arbitrary<ContractCall<GatherRowsAttributes>> =>
  fc
    .record({
      rows: magnitude(1, 3 * longest),
      width: anyWidth(longest),
      count: magnitude(1, 3 * longest),
      hasPadding: fc.boolean(),
    })
    .map(({ hasPadding, ...sizes }) => {
      const label = JSON.stringify({ ...sizes, hasPadding });
      const ids = () => idsBelow(`ids of ${label}`, [sizes.count], sizes.rows);
      return gatherRowsCall(label, { ...sizes, paddingIndex: hasPadding ? 0 : null }, ids, { growsWithLargest: true });
    });
