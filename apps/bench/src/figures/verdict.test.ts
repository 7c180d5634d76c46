import { describe, expect, it } from 'vitest';
import { smallestClaim, verdict } from './verdict.ts';

const ratio = (low: number, high: number, rounds = 5) => ({ ratio: Math.sqrt(low * high), low, high, rounds });

describe('verdict', () => {
  it.each([
    ['an interval wholly below 0.98 is faster', ratio(0.5, 0.97), 'faster'],
    ['one that reaches into the margin is undecided', ratio(0.5, 0.985), 'undecided'],
    ['an interval wholly above 1.02 is slower', ratio(1.03, 4), 'slower'],
    ['an interval within the margin is a tie', ratio(0.981, 1.019), 'tie'],
    ['one that covers everything is undecided', ratio(0.5, 2), 'undecided'],
    ['two rounds decide nothing, however clear', ratio(0.1, 0.1, 2), 'undecided'],
  ])('%s', (_, given, expected) => expect(verdict(given)).toBe(expected));

  it('claims nothing smaller than what the same code showed against itself', () => {
    const margin = smallestClaim(ratio(0.91, 1.05));
    expect(margin).toBeCloseTo(0.09, 12);
    expect(verdict(ratio(0.92, 0.95), margin)).toBe('tie');
    expect(verdict(ratio(0.8, 0.9), margin)).toBe('faster');
  });
  it('never falls below 2 %, and is that without an A/A run', () => {
    expect(smallestClaim(ratio(0.999, 1.001))).toBe(0.02);
    expect(smallestClaim(undefined)).toBe(0.02);
  });
});
