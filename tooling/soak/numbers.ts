import { dispose } from '@tensorflow/tfjs-core';
import { toleranceOf } from '../conformance/block-sparse-attention/call.ts';
import type { Results } from '../conformance/contract/results.ts';
import { expectClose } from '../expect/close.ts';
import type { SoakCall } from './all-calls.ts';

/** What a call gave, by name. */
export type Numbers = ReadonlyMap<string, ArrayLike<number>>;

/** Reads results and disposes of them. */
export async function numbersOf(results: Results): Promise<Numbers> {
  const numbers = new Map<string, ArrayLike<number>>();
  for (const [name, tensor] of Object.entries(results)) numbers.set(name, await tensor.data());
  dispose(results);
  return numbers;
}

/** @throws Error that names the first number that is NaN */
export function checkIsNumber(numbers: Numbers): void {
  for (const [name, values] of numbers) {
    const at = Array.prototype.findIndex.call(values, Number.isNaN);
    if (at >= 0) throw new Error(`${name}: element ${at} is NaN`);
  }
}

/** @throws Error that names the number that is furthest off what the tolerance allows */
export function checkClose(numbers: Numbers, expected: Numbers, tolerance: SoakCall['tolerance']): void {
  const [names, known] = [[...numbers.keys()].join(', '), [...expected.keys()].join(', ')];
  if (names !== known) throw new Error(`gave ${names}, expected ${known}`);
  for (const [name, values] of expected) {
    expectClose(numbers.get(name) as ArrayLike<number>, values, toleranceOf(tolerance, name, values), name);
  }
}
