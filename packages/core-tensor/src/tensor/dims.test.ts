import { withBackend } from '@longspan/tooling/expect';
import { scalar, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { ShapeError } from '../error/index.ts';
import { dims } from './dims.ts';

beforeAll(() => withBackend('cpu'));

const message = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ShapeError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('dims', () => {
  it('gives one size for each name, typed by the letters', () => {
    const sizes = dims('f', { q: [zeros([2, 3, 5, 11]), 'b h nq d'], k: [zeros([2, 1, 7, 11]), 'b hkv nk d'] });
    expect(sizes).toEqual({ b: 2, h: 3, nq: 5, d: 11, hkv: 1, nk: 7 });
    expectTypeOf(sizes).toEqualTypeOf<{ readonly [L in 'b' | 'h' | 'hkv' | 'nq' | 'nk' | 'd']: number }>();
  });

  it('keeps numbers, dtypes, dots and the bar out of the names', () => {
    const sizes = dims('f', { ids: [zeros([4, 2, 3], 'int32'), '... 2 n:int32'], table: [zeros([1, 9]), 'h|1 width'] });
    expect(sizes).toEqual({ n: 3, h: 1, width: 9 });
    expectTypeOf(sizes).toEqualTypeOf<{ readonly n: number; readonly h: number; readonly width: number }>();
  });

  it('does not check an argument that is absent', () => {
    expect(dims('f', { x: [zeros([3]), 'n'], bias: [undefined, '?n'] })).toEqual({ n: 3 });
  });

  it('of a size that another argument set otherwise blames both', () => {
    const v = zeros([2, 4, 1000, 64]);
    expect(message(() => dims('sparseAttention', { k: [zeros([2, 4, 1024, 32]), 'b hkv nk d'], v: [v, 'b hkv nk dv'] }))).toBe(
      'sparseAttention: v must have the shape [b=2, hkv=4, nk=1024, dv].\n' +
        '  expected  [b=2, hkv=4, nk=1024, dv]  (nk was set by k)\n' +
        '  got       [2, 4, 1000, 64]\n' +
        '  remedy    give v 1024 along axis 2, or check k.',
    );
  });

  it('of a size that another axis of the same argument set otherwise names that axis', () => {
    expect(message(() => dims('f', { x: [zeros([3, 4]), 'n n'] }))).toBe(
      'f: x must have the shape [n=3, n=3].\n' +
        '  expected  [n=3, n=3]  (n was set by axis 0 of x)\n' +
        '  got       [3, 4]\n' +
        '  remedy    give x 3 along axis 1, or check axis 0 of x.',
    );
  });

  it('of a number that the axis has not names the number', () => {
    expect(message(() => dims('f', { x: [zeros([5, 3]), 'n 2'] }))).toBe(
      'f: x must have the shape [n=5, 2].\n  expected  [n=5, 2]\n  got       [5, 3]\n  remedy    give x 2 along axis 1.',
    );
  });

  it('of another rank names both ranks', () => {
    expect(message(() => dims('f', { w: [zeros([7, 5]), 'd out'], x: [zeros([3]), 'n d'] }))).toBe(
      'f: x must be of rank 2.\n' +
        '  expected  [n, d=7]  (rank 2)\n' +
        '  got       [3]  (rank 1)\n' +
        '  remedy    reshape x so that its axes are n, d.',
    );
    expect(message(() => dims('f', { x: [zeros([1]), ''] }))).toBe(
      'f: x must be of rank 0.\n  expected  []  (rank 0)\n  got       [1]  (rank 1)\n  remedy    give x as a scalar.',
    );
  });

  it('of another dtype names both and the cast', () => {
    expect(message(() => dims('embedding', { ids: [zeros([2, 3]), 'b n:int32'] }))).toBe(
      "embedding: ids must be int32.\n  expected  int32 [b, n]\n  got       float32 [2, 3]\n  remedy    give cast(ids, 'int32').",
    );
    expect(dims('f', { s: [scalar(1, 'int32'), ':int32'] })).toEqual({});
  });

  it.each<[unknown, string]>([
    [null, 'null'],
    [[1, 2], 'an array of length 2'],
    [new Float32Array(3), 'a Float32Array'],
    [{ data: 1 }, 'an object (data)'],
    ['x', 'string "x"'],
    ['a\nb', 'string "a\\nb"'],
  ])('of %o, which is not a tensor, says what came', (value, got) => {
    expect(message(() => dims('f', { x: [value as Tensor, 'n d'] }))).toBe(
      `f: x must be a tensor.\n  expected  a tensor [n, d]\n  got       ${got}\n  remedy    make one with tensor(values, shape).`,
    );
  });

  it('of a disposed tensor says so', () => {
    const x = zeros([2, 3]);
    x.dispose();
    expect(message(() => dims('f', { x: [x, 'n d'] }))).toBe(
      'f: x must not be disposed before the call.\n' +
        '  expected  a live tensor [n, d]\n' +
        '  got       a disposed one [2, 3]\n' +
        '  remedy    keep x until it was used; what a tidy made and did not return is gone after it.',
    );
  });
});

describe('an axis that may be 1', () => {
  it('fits 1 and the size of the others, in any order', () => {
    expect(dims('f', { table: [zeros([1, 9]), 'h|1 l'], q: [zeros([3, 2]), 'h d'] })).toEqual({ h: 3, l: 9, d: 2 });
    expect(dims('f', { q: [zeros([3, 2]), 'h d'], table: [zeros([1, 9]), 'h|1 l'] })).toEqual({ h: 3, l: 9, d: 2 });
    expect(dims('f', { q: [zeros([3, 2]), 'h d'], table: [zeros([3, 9]), 'h|1 l'] })).toEqual({ h: 3, l: 9, d: 2 });
  });

  it('of any other size is rejected', () => {
    expect(message(() => dims('f', { q: [zeros([3, 2]), 'h d'], table: [zeros([2, 9]), 'h|1 l'] }))).toBe(
      'f: table must have the shape [h=3|1, l].\n' +
        '  expected  [h=3|1, l]  (h was set by q)\n' +
        '  got       [2, 9]\n' +
        '  remedy    give table 3 or 1 along axis 0, or check q.',
    );
  });

  it('lets a plain name be 1 only where all are', () => {
    expect(() => dims('f', { table: [zeros([3, 9]), 'h|1 l'], q: [zeros([1, 2]), 'h d'] })).toThrow(ShapeError);
  });
});

describe('three dots', () => {
  it('stand for any axes or none, at either end or between', () => {
    const x = zeros([2, 3, 5, 7]);
    expect(dims('f', { x: [x, '... d'] })).toEqual({ d: 7 });
    expect(dims('f', { x: [x, 'b ...'] })).toEqual({ b: 2 });
    expect(dims('f', { x: [x, 'b ... d'] })).toEqual({ b: 2, d: 7 });
    expect(dims('f', { x: [x, 'b h n d ...'] })).toEqual({ b: 2, h: 3, n: 5, d: 7 });
  });

  it('name the true axis in the remedy', () => {
    expect(message(() => dims('linear', { weight: [zeros([4, 6]), 'out in'], x: [zeros([2, 3, 5]), '... in'] }))).toBe(
      'linear: x must have the shape [..., in=6].\n' +
        '  expected  [..., in=6]  (in was set by weight)\n' +
        '  got       [2, 3, 5]\n' +
        '  remedy    give x 6 along axis 2, or check weight.',
    );
  });

  it('want the named axes at least', () => {
    expect(message(() => dims('f', { x: [tensor([1, 2]), '... n d'] }))).toBe(
      'f: x must be of rank 2 or more.\n' +
        '  expected  [..., n, d]  (rank 2 or more)\n' +
        '  got       [2]  (rank 1)\n' +
        '  remedy    reshape x so that its axes are ..., n, d.',
    );
  });
});

it('dims accepts tensors exactly when each name has one size in all of them', () => {
  const names = ['b', 'h', 'n', 'd'] as const;
  const anySizes = fc.record({ b: fc.nat(2), h: fc.nat(2), n: fc.nat(2), d: fc.nat(2) });
  const anyAxes = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(anySizes, anyAxes, anySizes, anyAxes, (sizes, axes, otherSizes, otherAxes) => {
      const x = zeros(axes.map((name) => sizes[name]));
      const y = zeros(otherAxes.map((name) => otherSizes[name]));
      const shared = axes.filter((name) => otherAxes.includes(name));
      const fits = shared.every((name) => sizes[name] === otherSizes[name]);
      const run = () => dims('f', { x: [x, axes.join(' ')], y: [y, otherAxes.join(' ')] });
      if (fits) expect(run()).toEqual(Object.fromEntries([...axes.map((a) => [a, sizes[a]]), ...otherAxes.map((a) => [a, otherSizes[a]])]));
      else expect(run).toThrow(/y must have the shape \[/);
      x.dispose();
      y.dispose();
    }),
    { numRuns: 1000 },
  );
});

it('dims says how tensors are given', () => {
  for (const wrong of [undefined, 5, { q: 5 }, { q: [zeros([1])] }]) {
    expect(() => dims('me', wrong as never)).toThrow('me: dims must be given each tensor with the names of its axes.');
  }
});
