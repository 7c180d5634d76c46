import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readArrays, writeArrays } from './array-files.ts';
import { compareArrays } from './arrays.ts';

const one = (values: readonly number[]) => ({ out: { shape: [values.length], values: Float32Array.from(values) } });

it('says how far answers are apart, small numbers against the size of all', () => {
  expect(compareArrays(one([3, 4, 0]), one([3, 4, 0]))).toBe(0);
  expect(compareArrays(one([3, 4, 0.001]), one([3, 4, 0]))).toBeCloseTo(0.001 / Math.sqrt(25 / 3), 7);
});

it('takes rounding for rounding where numbers vanish', () => {
  expect(() => compareArrays(one([2e-7]), one([1e-7]))).toThrow('wrong answer: number 0 of out');
  expect(compareArrays(one([2e-7]), one([1e-7]), ['out'])).toBeLessThan(2e-7);
  expect(() => compareArrays(one([2e-3]), one([1e-3]), ['out'])).toThrow('wrong answer');
});

it('refuses a wrong number, NaN, another length and a missing name', () => {
  expect(() => compareArrays(one([1, 1, 1.001]), one([1, 1, 1]))).toThrow('wrong answer: number 2 of out is 1.00');
  expect(() => compareArrays(one([1, Number.NaN]), one([1, 1]))).toThrow('wrong answer: number 1 of out is NaN, ours 1');
  expect(() => compareArrays(one([1]), one([1, 1]))).toThrow('wrong answer: out has 1 numbers, ours 2');
  expect(() => compareArrays({}, one([1]))).toThrow('there is no "out" among ');
});

it('reads what it wrote', () => {
  const folder = mkdtempSync(join(tmpdir(), 'peers-'));
  const arrays = {
    a: { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 0, 5, 6e-8) },
    'b.weight': { shape: [1], values: Float32Array.of(7) },
  };
  writeArrays(join(folder, 'deep/file.safetensors'), arrays);
  expect(readArrays(join(folder, 'deep/file.safetensors'))).toEqual(arrays);
  rmSync(folder, { recursive: true });
});
