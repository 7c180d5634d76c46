import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { describe, expect, it } from 'vitest';
import { hidePadding, positionsOf, rowTexts } from './token-marks.ts';

const sizes = { batch: 2, length: 4, meanings: ['padding', 'local', 'global'] };

describe('rowTexts', () => {
  it('writes rows as digits, and equal rows once', () => {
    expect(rowTexts('layer', 'marks', [[1, 2, 0, 1], Int32Array.of(1, 1, 1, 0)], sizes)).toEqual(['1201', '1110']);
    expect(
      rowTexts(
        'layer',
        'marks',
        [
          [1, 2, 0, 1],
          [1, 2, 0, 1],
        ],
        sizes,
      ),
    ).toEqual(['1201']);
  });

  it('refuses another number of rows or tokens', () => {
    const unfit = (got: string) =>
      new ShapeError({
        caller: 'layer',
        problem: 'marks does not fit.',
        expected: '2 rows (batch) of 4 numbers (tokens)',
        got,
        remedy: 'give marks one number for each token of each batch row.',
      });
    expect(() => rowTexts('layer', 'marks', [[1, 1, 1, 1]], sizes)).toThrow(unfit('1 rows'));
    expect(() =>
      rowTexts(
        'layer',
        'marks',
        [
          [1, 1, 1, 1],
          [1, 1, 1],
        ],
        sizes,
      ),
    ).toThrow(unfit('row 1 with 3 numbers'));
  });

  it.each([3, -1, 0.5, Number.NaN])('refuses %d', (digit) => {
    expect(() =>
      rowTexts(
        'layer',
        'marks',
        [
          [1, 1, 1, 1],
          [1, 1, digit, 1],
        ],
        sizes,
      ),
    ).toThrow(
      new ConfigError({
        caller: 'layer',
        problem: 'marks holds a number that means nothing.',
        expected: '0 (padding), 1 (local), 2 (global)',
        got: `${digit} (row 1, token 2)`,
        remedy: 'write marks with these numbers only.',
      }),
    );
  });
});

it('positionsOf lists where digits stand, per row or once', () => {
  expect(positionsOf(['0120', '2210'], '02')).toEqual([
    [0, 2, 3],
    [0, 1, 3],
  ]);
  expect(positionsOf(['0120'], '1')).toEqual([1]);
});

describe('hidePadding', () => {
  it('is nothing where no token is padding', () => {
    expect(hidePadding(['1121'])).toBeUndefined();
    expect(hidePadding([])).toBeUndefined();
  });

  it('is by lengths where padding stands at the end, by positions elsewhere', () => {
    expect(hidePadding(['1210', '1111', '0000'])?.name).toBe('keyPadding({ lengths: [3, 4, 0] })');
    expect(hidePadding(['0121', '1110'])?.name).toBe('keysAt([[0], [3]]).not()');
  });
});
