import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, requireInteger } from './index.ts';

describe('requireInteger', () => {
  it('names the first option that is not an integer', () => {
    expect(() => requireInteger('slidingWindow', { left: 3, right: 1.5, dilation: -1 })).toThrow(
      new ConfigError({
        caller: 'slidingWindow',
        problem: 'right must be an integer.',
        expected: 'an integer',
        got: '1.5',
        remedy: 'give right as a count.',
      }),
    );
  });

  it('names the bound where a number is below it', () => {
    expect(() => requireInteger('slidingWindow', { dilation: 0 }, 1)).toThrow(
      new ConfigError({
        caller: 'slidingWindow',
        problem: 'dilation must be an integer of at least 1.',
        expected: 'an integer, 1 or more',
        got: '0',
        remedy: 'give dilation as a count.',
      }),
    );
  });

  it.each([['3'], [undefined], [null], [Number.NaN], [Number.POSITIVE_INFINITY], [() => 3]])('rejects %o', (value) => {
    expect(() => requireInteger('slidingWindow', { left: value })).toThrow('slidingWindow: left must be an integer.');
  });

  it.each([2 ** 31, 2 ** 53 - 1, 2 ** 53])('says that %d is more than a tensor can have', (value) => {
    expect(() => requireInteger('slidingWindow', { left: value }, 0)).toThrow(
      new ConfigError({
        caller: 'slidingWindow',
        problem: 'left must be an integer of at most 2147483647.',
        expected: 'an integer, 2147483647 or less',
        got: String(value),
        remedy: 'give left as a count.',
      }),
    );
  });

  it('takes every integer from the bound to the largest that an int32 holds, and none else', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (value, atLeast) => {
        const check = () => requireInteger('slidingWindow', { left: value }, atLeast);
        if (value >= atLeast && value < 2 ** 31) check();
        else expect(check).toThrow(ConfigError);
      }),
    );
  });
});

it('a largest integer, and a remedy, can be said', () => {
  requireInteger('register', { threads: 256 }, 1, { atMost: 256 });
  expect(() => requireInteger('register', { threads: 257 }, 1, { atMost: 256, remedy: 'leave it out.' })).toThrow(
    new ConfigError({
      caller: 'register',
      problem: 'threads must be an integer from 1 to 256.',
      expected: 'an integer, 1 … 256',
      got: '257',
      remedy: 'leave it out.',
    }),
  );
});
