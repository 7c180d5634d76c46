import type { HeadProjectionsAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { headProjectionsCall } from './calls.ts';

const alike = (heads: number, headDim: number): readonly (readonly [number, number])[] => Array.from({ length: 3 }, () => [heads, headDim]);

/** Calls that go wrong first: heads of odd sizes, unequal projections, several batch rows, tails of tiles, a depth in parts. */
export const hardCalls: readonly ContractCall<HeadProjectionsAttributes>[] = [
  headProjectionsCall('one number', { batch: 1, length: 1, width: 1, heads: [[1, 1]] }),
  headProjectionsCall('queries, keys and values alike', { batch: 2, length: 17, width: 32, heads: alike(4, 8) }),
  headProjectionsCall('the same without biases', { batch: 2, length: 17, width: 32, heads: alike(4, 8), hasBias: false }),
  headProjectionsCall('fewer key heads', {
    batch: 2,
    length: 9,
    width: 12,
    heads: [
      [4, 4],
      [2, 4],
      [2, 4],
    ],
    hasBias: false,
  }),
  headProjectionsCall('heads of 5, which cross fours', { batch: 3, length: 7, width: 10, heads: alike(3, 5) }),
  headProjectionsCall('heads of 5 without biases', { batch: 2, length: 7, width: 10, heads: alike(3, 5), hasBias: false }),
  headProjectionsCall('heads of different sizes', {
    batch: 2,
    length: 6,
    width: 9,
    heads: [
      [1, 3],
      [3, 4],
      [2, 1],
    ],
  }),
  headProjectionsCall('one projection', { batch: 2, length: 33, width: 16, heads: [[2, 8]] }),
  headProjectionsCall('two projections', {
    batch: 1,
    length: 40,
    width: 36,
    heads: [
      [2, 16],
      [1, 64],
    ],
  }),
  headProjectionsCall('deep, of few rows', { batch: 2, length: 3, width: 600, heads: alike(2, 4), hasBias: false }, { looser: 4 }),
  headProjectionsCall('more rows than one part sums', { batch: 2, length: 301, width: 5, heads: alike(2, 6) }, { looser: 4 }),
];
