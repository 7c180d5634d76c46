import { expect, it } from 'vitest';
import { bytes, duration } from './wording.ts';

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
