import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPadding, type Padding, padding, paddingOfLengths } from './padding.ts';

describe('padding', () => {
  it('knows each token, whatever rows are given', () => {
    const rows = fc
      .integer({ min: 1, max: 12 })
      .chain((length) =>
        fc.array(fc.array(fc.constantFrom(0, 1), { minLength: length, maxLength: length }), { minLength: 1, maxLength: 4 }),
      );
    fc.assert(
      fc.property(rows, (given) => {
        const made = padding(given);
        expect([made.batch, made.length, made.some]).toEqual([given.length, given[0]?.length, given.flat().includes(0)]);
        given.forEach((row, at) => {
          row.forEach((value, token) => {
            expect(made.isToken(at, token)).toBe(value === 1);
          });
        });
        const atTheEnd = given.every((row) => !row.join('').includes('01'));
        expect(made.lengths !== undefined).toBe(atTheEnd);
      }),
    );
  });

  it('of rows that are alike is one row', () => {
    const made = padding([
      [1, 0],
      [1, 0],
    ]); // prettier-ignore
    expect([made.rows.length, made.batch, made.positions()]).toEqual([1, 2, [[1]]]);
  });

  it('of lengths fills up at the end', () => {
    const made = paddingOfLengths([2, 0], 3);
    expect([made.lengths, made.positions()]).toEqual([
      [2, 0],
      [[2], [0, 1, 2]],
    ]);
  });

  it.each([
    [() => padding([[1, 2]]), 'padding: every token must be marked 1 (a token) or 0 (padding).'],
    [() => padding([[1, 0], [1]]), 'padding: all rows must have the same length.'],
    [() => padding({} as object as number[][]), 'padding: rows must be lists on the host'],
    [() => padding({ shape: [1, 2] } as object as number[][]), 'padding: rows must be lists on the host'],
    [() => paddingOfLengths([4], 3), 'paddingOfLengths: every length must be an integer from 0 to the length of the batch.'],
  ])('%# says what it wants', (make, message) => {
    expect(make).toThrow(message);
  });

  it('is checked against the batch that it is for', () => {
    checkPadding('layer', undefined, { batch: 2, length: 3 });
    checkPadding('layer', paddingOfLengths([3, 1]), { batch: 2, length: 3 });
    expect(() => checkPadding('layer', paddingOfLengths([3, 1]), { batch: 2, length: 4 })).toThrow(/expected {2}2 rows of 4 tokens/);
    expect(() => checkPadding('layer', [[1, 1, 0]] as object as Padding, { batch: 1, length: 3 })).toThrow(/must be made by padding\(\)/);
  });
});
