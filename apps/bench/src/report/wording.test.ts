import { expect, it } from 'vitest';
import { coreCount, duration, percent, timesLess, withInterval } from './wording.ts';

it('shares keep a digit where they are small', () => expect([0.0049, 0.099, 0.273].map(percent)).toEqual(['0.5 %', '9.9 %', '27 %']));

it('a ratio is said as times less or times more', () =>
  expect([0.05, 1, 2.5].map((ratio) => timesLess({ ratio }))).toEqual(['20.0 times less', '1.00 times less', '2.50 times more']));

it('one round has no interval to show', () => {
  expect(withInterval({ median: 2, low: 2, high: 2, rounds: 1 }, duration)).toBe('2.00 s');
  expect(withInterval({ median: 2, low: 1, high: 3, rounds: 3 }, duration)).toBe('2.00 s (1.00 s to 3.00 s)');
});

it('one core, two cores', () => {
  expect([1, 2].map(coreCount)).toEqual(['1 core', '2 cores']);
});
