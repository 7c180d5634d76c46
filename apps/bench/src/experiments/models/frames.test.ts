import { expect, it } from 'vitest';
import { framesOf } from './frames.ts';

it('a gap of n frames at rest is n − 1 frames that nobody saw', () => {
  expect(framesOf([0, 16, 33, 50], 16.7)).toEqual({ missedShare: 0, longestGap: 0.017 });
  const { missedShare, longestGap } = framesOf([0, 16, 66, 83], 16.7); // 3 frames in the time of 5
  expect(missedShare).toBeCloseTo(2 / 5, 10);
  expect(longestGap).toBe(0.05);
  expect(framesOf([], 16.7)).toEqual({ missedShare: 0, longestGap: 0 });
});
