import { explain, sparseAttention } from '@longspan/attention-sparse';
import { tidy } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { expectClose } from '../../expect/close.ts';
import { guardMark, guards, otherMark } from '../contract/guards.ts';
import { drawn, numbersOf } from './attend.ts';
import { type CallSizes, type ConformanceCall, toleranceOf } from './call.ts';
import { expectedOf } from './expected.ts';

/**
 * Runs a call, forward and backward, on the current backend, and compares it with the dense definition.
 * @param kernel the kernel that has to take it, by the name that `explain` gives it
 */
export async function expectDense(call: ConformanceCall, kernel: string): Promise<void> {
  const expected = await expectedOf(call);
  expect(tidy(() => explain(...drawn(call).inputs, call.options().options).kernel)).toBe(kernel);
  const beside = guards();
  const ours = await numbersOf(sparseAttention, call, beside);
  expect(await beside.changed(), `numbers beside the operands of ${call.label} that were written to`).toBe(0);
  expect([...ours.keys()]).toEqual([...expected.keys()]);
  for (const [name, values] of expected) {
    const kept = promisedOf(call, name, ours.get(name) as ArrayLike<number>, values);
    expectClose(kept.ours, kept.expected, toleranceOf(call.tolerance, name, kept.expected), `${name} of ${call.label}`);
  }
}

/** Runs a call on the current backend twice, between other numbers each time, and finds the results the same to the last bit. */
export async function expectIndependent(call: ConformanceCall): Promise<void> {
  const results = [];
  for (const mark of [guardMark, otherMark]) {
    const beside = guards(mark);
    results.push(await numbersOf(sparseAttention, call, beside));
    expect(await beside.changed(), `numbers beside the operands of ${call.label} that were written to`).toBe(0);
  }
  const [one, other] = results;
  expect(other, `results of ${call.label} between other numbers`).toEqual(one);
}

/** The numbers that are to be as expected, after the others that a call promises something of. */
function promisedOf(
  { sizes, label, promised }: ConformanceCall,
  name: string,
  ours: ArrayLike<number>,
  expected: ArrayLike<number>,
): { readonly ours: ArrayLike<number>; readonly expected: ArrayLike<number> } {
  if (promised === undefined) return { ours, expected };
  const shape = shapeOf(name, sizes);
  const promises = Array.from(ours, (_, at) => promised(name, placeOf(at, shape)));
  promises.forEach((promise, at) => {
    if (promise === 'not finite' && Number.isFinite(ours[at])) {
      throw new Error(`${name} of ${label}: element ${at} is ${ours[at]}, expected NaN or an infinity`);
    }
  });
  const isExpected = (_: number, at: number): boolean => promises[at] === 'as expected';
  return { ours: Array.from(ours).filter(isExpected), expected: Array.from(expected).filter(isExpected) };
}

function shapeOf(name: string, { b, h, hkv, nq, nk, d, dv }: CallSizes): readonly number[] {
  const shapes: Readonly<Record<string, readonly number[]>> = {
    out: [b, h, nq, dv],
    logSumExp: [b, h, nq],
    'gradient of q': [b, h, nq, d],
    'gradient of k': [b, hkv, nk, d],
    'gradient of v': [b, hkv, nk, dv],
  };
  return shapes[name] ?? [1, 1, nq, nk]; // the learned tensors of calls that promise less are biases
}

function placeOf(at: number, shape: readonly number[]): number[] {
  let rest = at;
  return [...shape]
    .reverse()
    .map((extent) => {
      const index = rest % extent;
      rest = (rest - index) / extent;
      return index;
    })
    .reverse();
}
