import type { GatherRowsAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { ints } from '../contract/operand.ts';
import { gatherRowsCall } from './calls.ts';

const squares = Array.from({ length: 300 }, (_, at) => (at * at) % 10);

/** Calls that go wrong first: ids twice, never, outside and of padding; a scalar id, and none. */
export const hardCalls: readonly ContractCall<GatherRowsAttributes>[] = [
  gatherRowsCall('one row of one number', { rows: 1, width: 1 }, () => ints([0])),
  gatherRowsCall('rows twice and never', { rows: 5, width: 7 }, () => ints([3, 3, 0, 3, 4, 0], [2, 3])),
  gatherRowsCall('a scalar id', { rows: 4, width: 6 }, () => ints([2], [])),
  gatherRowsCall('ids outside, on both sides', { rows: 3, width: 5 }, () => ints([-1, 3, 2, -2147483648, 2147483647, 0])),
  gatherRowsCall('a padding row', { rows: 4, width: 9, paddingIndex: 2 }, () => ints([2, 1, 2, 0, 1])),
  gatherRowsCall('a padding row and ids outside', { rows: 4, width: 9, paddingIndex: 0 }, () => ints([2, -1, 4, 0, 1])),
  gatherRowsCall('wide rows, many ids', { rows: 10, width: 515 }, () => ints(squares), { looser: 8 }),
  gatherRowsCall('no ids', { rows: 3, width: 4 }, () => ints([])),
];
