import { describe, expect, it } from 'vitest';
import { differencesOf } from './differences.ts';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

describe('differencesOf', () => {
  it('counts float32 steps at the size of each number', () => {
    expect(differencesOf([floats(1, 2, -1)], [floats(1 + 2 ** -23, 2, -1 - 2 ** -22)])).toEqual({
      ...{ count: 3, equal: 1, mostUlps: 2, relative: 2 ** -23 },
    });
    expect(differencesOf([floats(0)], [floats(-0)])).toEqual({ count: 1, equal: 1, mostUlps: 0, relative: 0 });
  });

  it('counts those of a hundredth of the largest of the tensor where a number is smaller', () => {
    const [one, other] = [floats(1, 1e-6), floats(1, 1e-6 + 2 ** -30)];
    expect(differencesOf([one], [other]).mostUlps).toBeCloseTo(1, 1);
    expect(differencesOf([one.slice(0, 1), one.slice(1)], [other.slice(0, 1), other.slice(1)]).mostUlps).toBeCloseTo(2 ** 13, -2);
  });

  it('is infinite beside what is no number', () =>
    expect(differencesOf([floats(1)], [floats(Number.NaN)]).mostUlps).toBe(Number.POSITIVE_INFINITY));

  it('refuses tensors of two sizes', () => expect(() => differencesOf([floats(1)], [floats(1, 2)])).toThrow('1 numbers must be compared'));
});
