import { describe, expect, it } from 'vitest';
import { attentionRow, checkGradientLaws, checkRows, type RowProblem } from './row-check.ts';

/** One head, two features, by hand: with keys of 0 every visible value counts alike. */
const even: RowProblem = {
  q: Float32Array.from([1, 2, 3, 4, 5, 6]),
  k: new Float32Array(6),
  v: Float32Array.from([1, 10, 3, 30, 5, 50]),
  n: 3,
  heads: 1,
  headDim: 2,
  left: 1,
};

describe('attentionRow', () => {
  it('averages the window evenly where all scores are equal', () => {
    expect([...attentionRow(even, 0, 0)]).toEqual([1, 10]);
    expect([...attentionRow(even, 0, 2)]).toEqual([4, 40]);
  });
  it('weighs keys by exp(q·k / √d)', () => {
    const problem = { ...even, n: 2, q: Float32Array.from([0, 0, 1, 0]), k: Float32Array.from([0, 0, Math.SQRT2 * Math.log(3), 0]) };
    expect(attentionRow(problem, 0, 1)[0]).toBeCloseTo((1 + 3 * 3) / 4, 6);
  });
});

describe('checkRows', () => {
  const right = [1, 10, 2, 20, 4, 40];
  it('passes the right rows', () => expect(checkRows(right, even, 0)).toBe(0));
  it('names what is wrong', () =>
    expect(() => checkRows([1, 10, 2, 20, 4, 41], even, 0)).toThrow('wrong answer: head 0, query 2, column 1 is 41, expected 40'));
  it('takes NaN for wrong', () => expect(() => checkRows([Number.NaN, 10, 2, 20, 4, 40], even, 0)).toThrow('wrong answer'));
});

describe('checkGradientLaws', () => {
  const cotangent = Float32Array.from([1, -1, 0.5, 2, -2, 3]);
  // With equal weights: dv of key 0 is row 0 and half of row 1; of key 1 half of rows 1 and 2; of key 2 half of row 2.
  const v = [1.25, 0, -0.75, 2.5, -1, 1.5];
  it('passes gradients that keep both laws', () =>
    expect(checkGradientLaws(even, cotangent, { q: new Float32Array(6), k: new Float32Array(6), v })).toBeLessThan(1e-12));
  it('refuses values whose gradients do not add up', () =>
    expect(() => checkGradientLaws(even, cotangent, { q: new Float32Array(6), k: new Float32Array(6), v: v.with(4, -0.9) })).toThrow(
      'the sum of dv is not that of the cotangents',
    ));
  it('refuses gradients of q and k that disagree', () =>
    expect(() => checkGradientLaws(even, cotangent, { q: Float32Array.of(1, 0, 0, 0, 0, 0), k: new Float32Array(6), v })).toThrow(
      'the sums of q·dq and k·dk differ',
    ));
});
