import { expect, it } from 'vitest';
import { distance } from './distance.ts';

it('is the size of the differences as a share of the size of all, and refuses what is no answer', () => {
  expect(distance(Float32Array.of(3, 4.5), Float32Array.of(3, 4))).toBeCloseTo(0.1, 7);
  expect(() => distance(Float32Array.of(1), Float32Array.of(1, 2))).toThrow('wrong answer: 1 numbers, expected 2');
  expect(() => distance(Float32Array.of(Number.NaN, 1), Float32Array.of(1, 2))).toThrow('wrong answer: a number is none, or infinite');
});
