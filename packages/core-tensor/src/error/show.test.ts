import { withBackend } from '@longspan/tooling/expect';
import { tensor1d } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { show } from './show.ts';

const circular: Record<string, unknown> = { a: 1 };
circular['self'] = circular;
const deep = (levels: number): unknown => {
  let value: unknown = [];
  for (let level = 0; level < levels; level++) value = [value];
  return value;
};

describe('a value in an error', () => {
  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [-0, '-0'],
    ['a"b', '"a\\"b"'],
    [5n, '5n'],
    [Symbol('x'), 'a symbol'],
    [() => 1, 'a function'],
    [[1, [2, Number.POSITIVE_INFINITY]], '[1,[2,Infinity]]'],
    [Int32Array.of(1, 2), '[1,2]'],
    [{ a: { b: [] } }, '{"a":{"b":[]}}'],
    [new Map(), 'a Map'],
    [new ArrayBuffer(1), 'an ArrayBuffer'],
    [circular, '{"a":1,"self":{"a":1,"self":{"a":1,"self":{"a":1,"self":…}}}}'],
    [deep(100_000), '[[[[…]]]]'],
    [
      new Proxy(
        {},
        {
          get() {
            throw new Error('no');
          },
        },
      ),
      'an object that cannot be read',
    ],
  ])('%#', (value, text) => {
    expect(show(value)).toBe(text);
  });

  it('that is a tensor is its dtype and its shape', async () => {
    await withBackend('cpu');
    expect(show(tensor1d([1, 2, 3], 'int32'))).toBe('an int32 tensor [3]');
  });

  it('is short however large it is, and read no further than that', () => {
    expect(show('x'.repeat(1e7)).length).toBe(80);
    expect(show(new Float32Array(1e7)).length).toBe(80);
    let read = 0;
    const long = new Proxy(new Array(1e6).fill(0), {
      get(target, name) {
        if (typeof name === 'string' && /^\d/.test(name)) read++;
        return Reflect.get(target, name);
      },
    });
    expect(show(long).length).toBe(80);
    expect(read).toBeLessThan(100);
  });

  it('is text for anything', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true }), (value) => {
        expect(show(value).length).toBeLessThanOrEqual(80);
      }),
    );
  });
});
