import { describe, expect, it } from 'vitest';
import { seenKeys, weightsOf } from './seen-keys.ts';

describe('seenKeys', () => {
  it('gives the earlier tokens of the own chunk and the one before, the first looking back at the last of all rounds', () => {
    // Chunks: [0 3] [1 4] [2 5] | [5 4] [3 2] [1 0]
    const keys = seenKeys({
      orders: [
        [0, 3, 1, 4, 2, 5],
        [5, 4, 3, 2, 1, 0],
      ],
      chunkLength: 2,
    });
    expect(keys(0)).toEqual([]);
    expect(keys(3)).toEqual([1, 0, 0, 2]); // [1 0] before [0 3] in the first round; [5 4] before [3 2] in the second
    expect(keys(5)).toEqual([1, 4, 2, 2, 4]);
  });
});

describe('weightsOf', () => {
  it('scores by keys at length 1, whatever their own', () => {
    const [near, far] = weightsOf(Float32Array.from([2, 0, 30, 0, 0, 5]), 2, 0, [1, 2]);
    expect(near).toBe(1);
    expect(far).toBeCloseTo(Math.exp(-2), 5);
  });
});
