import { describe, expect, it } from 'vitest';
import { atTwice, growthOf } from './growth.ts';

const points = (value: (length: number) => number, lengths: readonly number[]) =>
  lengths.map((length) => ({ length, value: value(length) }));

describe('growthOf', () => {
  it('finds the exponent and the factor of a power, in whatever order its points come', () => {
    const growth = growthOf(points((n) => 0.003 * n ** 1.5, [1024, 256, 512]));
    expect(growth?.exponent).toBeCloseTo(1.5, 10);
    expect(growth?.factor).toBeCloseTo(0.003, 10);
    expect([growth?.low, growth?.high].map((each) => each?.toFixed(8))).toEqual(['1.50000000', '1.50000000']);
    expect([growth?.from, growth?.to]).toEqual([256, 1024]);
  });

  it('takes the four longest: a fixed cost at short lengths does not flatten it', () => {
    const all = points((n) => 40 + n ** 2 / 1e4, [256, 512, 1024, 2048, 4096, 8192]);
    expect(growthOf(all)?.from).toBe(1024);
    expect(growthOf(all)?.exponent).toBeCloseTo(1.87, 1);
  });

  it('gives the interval of the textbook for points beside a line', () => {
    // log2 of the values: 1, 2.2, 2.8, 4 at 0, 1, 2, 3. Slope 0.96, residuals −0.06, 0.18, −0.18, 0.06, Sxx = 5, t(2) = 4.303.
    const growth = growthOf([1, 2.2, 2.8, 4].map((power, at) => ({ length: 256 * 2 ** at, value: 2 ** power })));
    const margin = 4.303 * Math.sqrt(0.072 / 2 / 5);
    expect(growth?.exponent).toBeCloseTo(0.96, 10);
    expect(growth?.low).toBeCloseTo(0.96 - margin, 10);
    expect(growth?.high).toBeCloseTo(0.96 + margin, 10);
  });

  it('says nothing of two points, nor of what took no time', () => {
    expect(growthOf(points((n) => n, [256, 512]))).toBeUndefined();
    expect(growthOf(points((n) => (n === 256 ? 0 : n), [256, 512, 1024]))).toBeUndefined();
  });
});

describe('atTwice', () => {
  it('goes on as the last two points grew, between linear and a little over quadratic', () => {
    expect(atTwice(points((n) => n ** 2, [256, 512]))).toBe(4 * 512 ** 2);
    expect(atTwice(points(() => 7, [256, 512]))).toBe(14);
    expect(atTwice(points((n) => n ** 4, [256, 512]))).toBeCloseTo(4.4 * 512 ** 4, 0);
    expect(atTwice(points((n) => n, [256]))).toBe(512);
    expect(atTwice([])).toBeUndefined();
  });
});
