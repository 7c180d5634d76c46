import { expect, it } from 'vitest';
import { secondsOfPasses } from './pass-seconds.ts';

const seconds = (...stamps: number[]): number => secondsOfPasses(BigUint64Array.from(stamps, (stamp) => BigInt(stamp)));

it('adds up the passes, and nothing between them', () => expect(seconds(1000, 3000, 9000, 10_000)).toBeCloseTo(3e-6, 12));
it('counts what two passes share once, in any order', () => {
  expect(seconds(1000, 5000, 4000, 6000)).toBeCloseTo(5e-6, 12);
  expect(seconds(4000, 6000, 1000, 5000)).toBeCloseTo(5e-6, 12);
  expect(seconds(1000, 9000, 2000, 3000)).toBeCloseTo(8e-6, 12);
});
it('gives 0 for no pass', () => expect(seconds()).toBe(0));
