import type { PackedKind, PackedLinearAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { packedLinearCall } from './calls.ts';

/** Calls that go wrong first: rows that end within a word, tails of tiles, all numbers that there are. */
export const hardCalls = (kind: PackedKind): readonly ContractCall<PackedLinearAttributes>[] => [
  packedLinearCall(kind, 'one number', { batch: [1], width: 1, out: 1 }),
  packedLinearCall(kind, '[2, 3, 5] by [7, 5]', { batch: [2, 3], width: 5, out: 7 }),
  packedLinearCall(kind, 'multiples of 16', { batch: [16], width: 32, out: 48 }),
  packedLinearCall(kind, 'one more than multiples of 16', { batch: [17], width: 33, out: 49 }),
  packedLinearCall(kind, 'rows that lack two numbers of a word', { batch: [5], width: 22, out: 13 }),
  packedLinearCall(kind, 'rows that lack a number of a word', { batch: [5], width: 23, out: 13 }),
  packedLinearCall(kind, 'no bias', { batch: [5], width: 9, out: 4, hasBias: false }),
  packedLinearCall(kind, 'a single row without a batch axis', { batch: [], width: 6, out: 11 }),
  packedLinearCall(kind, 'a batch of four axes', { batch: [2, 1, 3, 2], width: 12, out: 3 }),
  packedLinearCall(kind, 'more columns than one item sums', { batch: [3], width: 5, out: 131 }),
  packedLinearCall(kind, 'deeper than one slab, and as wide', { batch: [13], width: 403, out: 405 }, { looser: 4 }),
  packedLinearCall(kind, 'a single row, deep and wide', { batch: [1], width: 403, out: 1027 }, { looser: 4 }),
  packedLinearCall(kind, 'two rows', { batch: [2], width: 34, out: 47 }),
  packedLinearCall(kind, 'no rows', { batch: [0], width: 5, out: 4 }),
  ...(kind === 'float16' ? float16Calls : int8Calls),
];

/** Exponents that small numbers of a product have: subnormals of float16 and the least normal ones. */
const float16Calls: readonly ContractCall<PackedLinearAttributes>[] = [
  packedLinearCall(
    'float16',
    'subnormals and zeros of both signs',
    { batch: [3], width: 33, out: 65, hasBias: false },
    {
      bitsOf: (row, column) => ((row * 33 + column) * 31) & 0x83ff,
      // Numbers of up to 6e-5, of which a product adds up 33.
      scales: { y: 1e-4 },
    },
  ),
  packedLinearCall(
    'float16',
    'infinity and NaN in rows of their own',
    { batch: [3], width: 7, out: 6, hasBias: false },
    {
      bitsOf: (row, column) => (column === row && row < 4 ? ([0x7c00, 0xfc00, 0x7e00, 0x7bff][row] as number) : 0x3c00 + 16 * column),
      looser: 1e3,
    },
  ),
];

const int8Calls: readonly ContractCall<PackedLinearAttributes>[] = [
  packedLinearCall('int8', 'every integer', { batch: [3], width: 16, out: 16 }, { bitsOf: (row, column) => 16 * row + column, looser: 4 }),
];
