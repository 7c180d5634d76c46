import { createKey } from '@longspan/core-tensor/key';
import { describe, expect, it } from 'vitest';
import { estimate, median, pairedRatio } from './pairs.ts';
import { randomStream } from './random-stream.ts';

const random = () => randomStream(createKey(5));

describe('median', () => {
  it('of an odd number of values is the middle one', () => expect(median([9, 1, 4])).toBe(4));
  it('of an even number is the mean of the two middle ones', () => expect(median([9, 1, 4, 2])).toBe(3));
  it('leaves its argument as it was', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
  it('of nothing is an error', () => expect(() => median([])).toThrow('median of no values'));
});

describe('estimate', () => {
  it('of one value has no width', () => expect(estimate([7], random())).toEqual({ median: 7, low: 7, high: 7, rounds: 1 }));
  it('of three values reaches from the least to the greatest', () =>
    expect(estimate([5, 4, 9], random())).toEqual({ median: 5, low: 4, high: 9, rounds: 3 }));
  it('narrows with more rounds of the same spread', () => {
    const spread = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const few = estimate(spread, random());
    const many = estimate([...spread, ...spread, ...spread, ...spread], random());
    expect(many.high - many.low).toBeLessThan(few.high - few.low);
  });
});

describe('pairedRatio', () => {
  it('is blind to what slows both sides of a round alike', () => {
    const rounds = [1, 10, 3].map((slow) => ({ base: 4 * slow, head: 2 * slow }));
    const { ratio, low, high, rounds: count } = pairedRatio(rounds, random());
    expect([ratio, low, high, count].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([0.5, 0.5, 0.5, 3]);
  });
  it('takes the middle of the ratios, not the ratio of the middles', () => {
    const { ratio } = pairedRatio(
      [
        { base: 1, head: 2 },
        { base: 10, head: 30 },
        { base: 100, head: 50 },
      ],
      random(),
    );
    expect(ratio).toBeCloseTo(2, 12);
  });
  it('gives the same interval for the same key and another for another', () => {
    const rounds = [1.1, 0.7, 1.9, 1.3, 0.4, 1.6, 0.9, 2.2].map((head) => ({ base: 1, head }));
    const with7 = () => pairedRatio(rounds, randomStream(createKey(7)), 40);
    expect(with7()).toEqual(with7());
    expect(pairedRatio(rounds, randomStream(createKey(8)), 40)).not.toEqual(with7());
  });
});
