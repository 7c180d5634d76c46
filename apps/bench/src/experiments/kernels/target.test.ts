import { describe, expect, it } from 'vitest';
import { evaluate, inverse, type Target } from './target.ts';

const ratio = (ratio: number, low: number, high: number, rounds = 7) => ({ ratio, low, high, rounds });
const [atLeast, atMost]: [Target, Target] = [
  { bound: 'at least', value: 10 },
  { bound: 'at most', value: 1.8 },
];

describe('evaluate', () => {
  it.each([
    ['met', ratio(12, 10, 14), atLeast],
    ['missed', ratio(8, 7, 9.9), atLeast],
    ['open', ratio(12, 9.9, 14), atLeast],
    ['open', ratio(9, 8, 10.1), atLeast],
    ['met', ratio(1.5, 1.4, 1.8), atMost],
    ['missed', ratio(2, 1.81, 2.1), atMost],
    ['open', ratio(1.7, 1.6, 1.9), atMost],
  ] as const)('says %s where the interval lies so', (verdict, measured, target) => expect(evaluate(measured, target)).toBe(verdict));

  it('says neither met nor more than missed on fewer than three rounds', () => {
    expect(evaluate(ratio(20, 20, 20, 2), atLeast)).toBe('open');
    expect(evaluate(ratio(5, 5, 5, 2), atLeast)).toBe('missed');
  });
});

describe('inverse', () => {
  it('turns the ratio and its interval round', () => expect(inverse(ratio(0.5, 0.25, 1))).toEqual(ratio(2, 1, 4)));
});
