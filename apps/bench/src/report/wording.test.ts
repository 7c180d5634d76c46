import { expect, it } from 'vitest';
import { bytes, coreCount, duration, percent, timesLess, withInterval } from './wording.ts';

it('durations take the unit that suits them', () =>
  expect([0.00042, 0.0417, 0.9996, 12.34, 119.4, 150, 9000].map(duration)).toEqual([
    '0.42 ms',
    '41.7 ms',
    '1.00 s',
    '12.3 s',
    '119 s',
    '2.50 min',
    '2.50 h',
  ]));

it('bytes are powers of ten', () =>
  expect([0, 4200, 999_499, 999_501, 123_456_789, 1.52e9].map(bytes)).toEqual([
    'under 1 kB',
    '4.20 kB',
    '999 kB',
    '1.00 MB',
    '123 MB',
    '1.52 GB',
  ]));

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
