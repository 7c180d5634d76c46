import { describe, expect, it } from 'vitest';
import { worstMiss } from './closeness.ts';

const tolerance = { atol: 0.1, rtol: 0.01 };

describe('worstMiss', () => {
  it('gives the largest error and the largest share of an allowance, which may be of other elements', () => {
    const { error, share } = worstMiss([100.5, 0.2], [100, 0], tolerance);
    expect(error).toBeCloseTo(0.5, 12); // of the first, whose allowance is 1.1
    expect(share).toBeCloseTo(2, 12); // of the second, whose allowance is 0.1
  });
  it('takes equal infinities for equal and NaN for equal to nothing', () => {
    expect(worstMiss([-Infinity], [-Infinity], tolerance)).toEqual({ error: 0, share: 0 });
    expect(worstMiss([Number.NaN], [Number.NaN], tolerance).share).toBe(Infinity);
    expect(worstMiss([1], [Infinity], tolerance).share).toBe(Infinity);
  });
  it('takes another number of elements for a miss', () => expect(worstMiss([], [1], tolerance).share).toBe(Infinity));
});
