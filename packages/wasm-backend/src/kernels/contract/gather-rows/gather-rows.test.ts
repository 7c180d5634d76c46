import { gatherRowsContract } from '@longspan/core-tensor/kernel';
import { tensor } from '@tensorflow/tfjs-core';
import { againstReference, draw } from '../../../../test/against-reference.ts';
import { gatherRowsKernel } from './gather-rows.ts';

const call = (rows: number, width: number, ids: readonly number[], shape = [ids.length], paddingIndex: number | null = null) => {
  return () => ({
    inputs: [draw('table', [rows, width]), tensor([...ids], shape, 'int32')] as const,
    attributes: { rows, width, paddingIndex },
  });
};

againstReference(gatherRowsContract, gatherRowsKernel, [
  { label: 'one row of one number', make: call(1, 1, [0]) },
  { label: 'rows twice and never', make: call(5, 7, [3, 3, 0, 3, 4, 0], [2, 3]) },
  { label: 'a scalar id', make: call(4, 6, [2], []) },
  { label: 'ids outside, on both sides', make: call(3, 5, [-1, 3, 2, -2147483648, 2147483647, 0]) },
  { label: 'a padding row', make: call(4, 9, [2, 1, 2, 0, 1], [5], 2) },
  { label: 'a padding row and ids outside', make: call(4, 9, [2, -1, 4, 0, 1], [5], 0) },
  {
    label: 'wide rows, many ids',
    make: call(
      10,
      515,
      Array.from({ length: 300 }, (_, at) => (at * at) % 10),
    ),
    looser: 8,
  },
  { label: 'no ids', make: call(3, 4, [], [0]) },
]);
