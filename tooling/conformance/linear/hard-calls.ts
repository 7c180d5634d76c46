import type { LinearAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { linearCall } from './calls.ts';

/** Calls that go wrong first: single numbers, tails of tiles, no bias, no rows, more than one item has. */
export const hardCalls: readonly ContractCall<LinearAttributes>[] = [
  linearCall('one number', { batch: [1], width: 1, out: 1 }),
  linearCall('[2, 3, 5] by [7, 5]', { batch: [2, 3], width: 5, out: 7 }),
  linearCall('multiples of 16', { batch: [16], width: 32, out: 48 }),
  linearCall('one more than multiples of 16', { batch: [17], width: 33, out: 49 }),
  linearCall('no bias', { batch: [5], width: 9, out: 4, hasBias: false }),
  linearCall('a single row without a batch axis', { batch: [], width: 6, out: 11 }),
  linearCall('a batch of four axes', { batch: [2, 1, 3, 2], width: 12, out: 3 }),
  linearCall('more columns than one item sums', { batch: [3], width: 5, out: 131 }),
  linearCall('more rows than one part sums', { batch: [301], width: 3, out: 17 }, { looser: 4 }),
  linearCall('activated: gelu of rows of 5', { batch: [2, 3], width: 5, out: 7, activation: 'gelu' }),
  linearCall('activated: tanh, multiples of 16', { batch: [48], width: 32, out: 16, activation: 'geluTanh' }),
  linearCall('activated: relu, no bias', { batch: [9], width: 12, out: 33, hasBias: false, activation: 'relu' }),
  linearCall('no rows', { batch: [0], width: 5, out: 4 }),
];
