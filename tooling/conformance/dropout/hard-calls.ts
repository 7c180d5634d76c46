import { createKey, keyFromWords, randomBits } from '@longspan/core-tensor';
import type { DropoutAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';
import { dropoutCall } from './calls.ts';

const call = (label: string, shape: readonly number[], rate: number): ContractCall<DropoutAttributes> =>
  dropoutCall(label, shape, { rate, key: createKey(shape.length).fold(`${rate}`) });

const ofKey = (words: readonly [number, number], rate: number): ContractCall<DropoutAttributes> =>
  dropoutCall(`10,001 numbers, key ${words.join(' and ')}, rate ${rate}`, [10_001], { rate, key: keyFromWords(words) });

/** NaN, ∞ and −∞ by turns where a number is dropped. */
function droppedUnusual(label: string): ContractCall<DropoutAttributes> {
  const attributes = { rate: 0.5, key: createKey(label) };
  const isKept = Array.from(randomBits(attributes.key, 37), (word) => word < 2 ** 31);
  const unusual = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return { label, attributes, operands: () => [normals(label, [37], (x, at) => (isKept[at] ? x : (unusual[at % 3] as number)))] };
}

/** Calls that go wrong first: odd lengths, rates at the ends, keys whose words have the highest bit. */
export const hardCalls: readonly ContractCall<DropoutAttributes>[] = [
  call('one number', [1], 0.5),
  call('7 numbers', [7], 0.1),
  call('[3, 5, 11]', [3, 5, 11], 0.3),
  call('more than one item', [3, 5003], 0.9),
  call('a rate that is next to nothing', [4, 16], 1e-12),
  call('nothing', [0, 4], 0.5),
  droppedUnusual('numbers that are not finite and are dropped'),
  ofKey([0, 0], 0.5),
  ofKey([0xffffffff, 0x80000000], 0.25),
  ofKey([1, 0x7fffffff], 2 ** -20),
  ofKey([123456789, 987654321], 1 - 2 ** -20),
];
