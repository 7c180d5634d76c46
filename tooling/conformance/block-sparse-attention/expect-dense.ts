import { explain, sparseAttention } from '@longspan/attention-sparse';
import { tidy } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { expectClose } from '../../expect/close.ts';
import { guards } from '../contract/guards.ts';
import { drawn, numbersOf } from './attend.ts';
import { type ConformanceCall, toleranceOf } from './call.ts';
import { expectedOf } from './expected.ts';

/**
 * Runs a call, forward and backward, on the current backend, and compares it with the dense definition.
 * @param kernel the kernel that has to take it, by the name that `explain` gives it
 */
export async function expectDense(call: ConformanceCall, kernel: string): Promise<void> {
  const expected = await expectedOf(call);
  expect(tidy(() => explain(...drawn(call.sizes).inputs, call.options().options).kernel)).toBe(kernel);
  const beside = guards();
  const ours = await numbersOf(sparseAttention, call, beside);
  expect(await beside.changed(), `numbers beside the operands of ${call.label} that were written to`).toBe(0);
  expect([...ours.keys()]).toEqual([...expected.keys()]);
  for (const [name, values] of expected) {
    expectClose(ours.get(name) as ArrayLike<number>, values, toleranceOf(call.tolerance, name, values), `${name} of ${call.label}`);
  }
}
