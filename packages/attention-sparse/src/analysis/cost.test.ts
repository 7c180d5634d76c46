import { anyMask, anyVaried } from '@longspan/tooling/arbitrary';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { causal, denseMask, dilatedWindow, keyPadding, slidingWindow } from '../mask/index.ts';
import { cost } from './cost.ts';

it('counts blocks, operations and bytes over all batch rows and heads', () => {
  // Queries stand at 1 … 5 of 6 keys. In blocks of 4 all four pairs of blocks are visited: query 4 of the first sees key 4.
  expect(cost(causal(), { queryLength: 5, keyLength: 6, batch: 2, heads: 3, headDim: 7, valueDim: 11, blockSize: 4 })).toEqual({
    visitedBlocks: 6 * 4,
    totalBlocks: 6 * 4,
    visitedFraction: 1,
    visitedPairs: 6 * (2 + 3 + 4 + 5 + 6),
    filledFraction: 120 / 180,
    flops: 6 * 30 * 2 * (7 + 11),
    backwardFlops: 6 * 30 * (6 * 7 + 4 * 11),
    bytes: {
      inputs: 4 * 6 * (5 * 7 + 6 * 7 + 6 * 11),
      outputs: 4 * 6 * 5 * (11 + 1),
      layout: 4 * (3 + 4 + 4 + 2 * 4 + 3 + 4 + 4),
      denseScores: 4 * 6 * 30,
    },
    dense: { flops: 6 * 30 * 2 * 18, bytes: 4 * 6 * (5 * 7 + 6 * 7 + 6 * 11 + 5 * 12 + 30) },
  });
});

it('visitedPairs is exactly the number of allowed pairs', () => {
  const options = fc.record({ queryLength: fc.integer({ min: 1, max: 60 }), keyLength: fc.integer({ min: 1, max: 60 }) });
  fc.assert(
    fc.property(fc.oneof(anyMask, anyVaried), options, fc.integer({ min: 1, max: 40 }), (mask, extent, blockSize) => {
      const allowed = denseMask(mask, extent).reduce((sum, bit) => sum + bit, 0);
      const { visitedPairs, visitedBlocks, totalBlocks, flops } = cost(mask, { ...extent, blockSize, headDim: 1 });
      expect(visitedPairs).toBe(allowed);
      expect(visitedBlocks).toBeLessThanOrEqual(totalBlocks);
      expect(flops).toBeGreaterThanOrEqual(4 * allowed);
    }),
    { numRuns: 200 },
  );
});

it('a window costs its share of the whole: linear, not quadratic', () => {
  const share = (length: number) => cost(slidingWindow({ left: 255, right: 0 }), { queryLength: length }).visitedFraction;
  expect([share(4096), share(8192)]).toEqual([(5 * 64 - 10) / 64 ** 2, (5 * 128 - 10) / 128 ** 2]);
});

it('takes the number of heads and batch rows from a mask that has its own', () => {
  const own = dilatedWindow({ left: 1, right: 0, dilation: [1, 2, 3] });
  expect(cost(own, { queryLength: 64 }).totalBlocks).toBe(3);
  expect(cost(own.and(keyPadding({ lengths: [3, 4] })), { queryLength: 64 }).totalBlocks).toBe(6);
  expect(() => cost(own, { queryLength: 64, heads: 4 })).toThrow(
    `cost: heads must be the number that the mask is made for.
  expected  3 (dilatedWindow({ left: 1, right: 0, dilation: [1, 2, 3] }))
  got       4
  remedy    leave heads out, or make the mask for 4.`,
  );
});
