import { tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { withBackend } from '../expect/index.ts';
import { runExample } from './example.ts';

const names = { half: (x: number) => x / 2, later: async (x: unknown) => x, tensor1d };

describe('an example', () => {
  beforeAll(() => withBackend('cpu'));

  it.each([
    ['a number within 1e-6', 'half(2.0000001); // => 1'],
    ['an infinity', '-1 / 0; // => -Infinity'],
    ['nested arrays and typed arrays', '[[half(2)], new Float32Array([0.5, 2])]; // => [[1], [0.5, 2]]'],
    ['a record', "({ a: 1, b: ['x'] }); // => { a: 1, b: ['x'] }"],
    ['an expression over several lines', 'await later([\n  half(2),\n]); // => [1]'],
    ['types, and a name of its own that is also in scope', 'const half: number = 3;\nhalf as number; // => 3'],
    ['a tensor', 'tensor1d([1, 2]); // => [1, 2]'],
    ['two lines of checks', 'half(2); // => 1\nhalf(4) // => 2'],
  ])('that shows %s passes', async (_, code) => {
    await expect(runExample(code, names)).resolves.toBeUndefined();
  });

  it.each([
    ['a wrong number', 'half(2.00001); // => 1', /it is 1\.000005, not 1$/],
    ['a wrong element', '[[1], [2]]; // => [[1], [3]]', /it\[1\]\[0\] is 2, not 3/],
    ['NaN, which equals nothing', 'NaN; // => NaN', /it is NaN, not NaN/],
    ['too few elements', '[1]; // => [1, 2]', /it is \[1\], not \[1,2\]/],
    ['a string that is a number', "'1'; // => 1", /it is 1, not 1/],
    ['a second wrong line', 'half(2); // => 1\nhalf(4); // => 1', /half\(4\)[\s\S]*it is 2, not 1/],
    ['no check', 'half(2);', /the example must check something/],
    ['a check after a declaration', 'const x = half(2); // => 1', /an expression must end before a check/],
    ['what does not parse', 'half(; // => 1', /the example must parse/],
    ['a name that is not exported', 'third(3); // => 1', /third is not defined/],
  ])('that shows %s fails', async (_, code, message) => {
    await expect(runExample(code, names)).rejects.toThrow(message);
  });
});
