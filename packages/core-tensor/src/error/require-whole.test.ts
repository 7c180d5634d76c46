import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, requireWhole } from './index.ts';

describe('requireWhole', () => {
  it('names the first option that is no whole number', () => {
    expect(() => requireWhole('slidingWindow', { left: 3, right: 1.5, dilation: -1 })).toThrow(
      new ConfigError({
        door: 'slidingWindow',
        problem: 'right is not a whole number.',
        expected: 'a whole number',
        got: '1.5',
        remedy: 'give right as a count.',
      }),
    );
  });

  it('names the bound where a number is below it', () => {
    expect(() => requireWhole('slidingWindow', { dilation: 0 }, 1)).toThrow(
      new ConfigError({
        door: 'slidingWindow',
        problem: 'dilation is not a whole number of at least 1.',
        expected: 'a whole number, 1 or more',
        got: '0',
        remedy: 'give dilation as a count.',
      }),
    );
  });

  it.each([['3'], [undefined], [null], [Number.NaN], [Number.POSITIVE_INFINITY], [2 ** 53], [() => 3]])('refuses %o', (value) => {
    expect(() => requireWhole('slidingWindow', { left: value })).toThrow('slidingWindow: left is not a whole number.');
  });

  it('takes every safe whole number from the bound on, and none below', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (value, atLeast) => {
        const check = () => requireWhole('slidingWindow', { left: value }, atLeast);
        if (value >= atLeast) check();
        else expect(check).toThrow(ConfigError);
      }),
    );
  });
});
