import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { causal, dilatedWindow, globalTokens, slidingWindow } from '../mask/index.ts';
import { cost } from './cost.ts';
import { windowOfEqualCost } from './equal-cost.ts';

it('the window visits as many blocks as the mask, or the next fewer', () => {
  const masks = [
    dilatedWindow({ left: 40, right: 0, dilation: 3 }),
    slidingWindow({ left: 100, right: 0 })
      .or(globalTokens([0, 700]))
      .and(causal()),
    causal(),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...masks), fc.integer({ min: 1, max: 1500 }), fc.constantFrom(16, 64), (mask, length, blockSize) => {
      const visited = (left: number) => cost(slidingWindow({ left, right: 0 }), { queryLength: length, blockSize }).visitedBlocks;
      const left = windowOfEqualCost(mask, length, { blockSize });
      const wanted = cost(mask, { queryLength: length, blockSize }).visitedBlocks;
      expect(visited(left)).toBeLessThanOrEqual(Math.max(wanted, visited(0)));
      const more = visited(left + blockSize);
      expect(more > wanted || more === visited(left)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it('cost says which share of the pairs in visited blocks is visible', () => {
  expect(cost(causal(), { queryLength: 128, blockSize: 64 }).filledFraction).toBeCloseTo(8256 / (3 * 64 * 64), 12);
});
