import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../expect/close.ts';
import { effort } from '../../expect/effort.ts';
import { toleranceOf } from '../block-sparse-attention/call.ts';
import { guards } from '../contract/guards.ts';
import type { Results } from '../contract/results.ts';
import { type StockCall, stockTolerance } from './call.ts';
import { anyElementwise } from './elementwise.ts';
import { anyProduct } from './mat-mul.ts';

/** Where a backend's kernels take the places of tfjs's own. */
export interface StockPlace {
  readonly label: string;
  /** Makes the backend the current one, with tfjs's own kernels. */
  readonly start: () => Promise<void>;
  /** Puts the other kernels in place. @returns puts tfjs's own back */
  readonly enter: () => Promise<() => void>;
}

const numRuns = effort(12, 40);
const calls: readonly StockCall[] = fc.sample(fc.oneof(...anyProduct, anyElementwise), { numRuns, seed: 20 });

type Numbers = ReadonlyMap<string, Float32Array>;

/** Reads results and disposes of them. */
async function numbersOf(results: Results): Promise<Numbers> {
  const read = Object.entries(results).map(async ([name, result]) => [name, Float32Array.from(await result.data())] as const);
  const numbers = new Map(await Promise.all(read));
  dispose(results as { [name: string]: Tensor });
  return numbers;
}

/** Declares that random calls of tfjs's operations, forward and backward, give what tfjs's own kernels give, and write nowhere else. */
export function describeStock({ label, start, enter }: StockPlace): void {
  describe(`tfjs's own operations: ${label}`, () => {
    const known: Numbers[] = [];
    let leave = (): void => {};
    beforeAll(async () => {
      await start();
      for (const { run, expected = run } of calls) known.push(await numbersOf(expected()));
      leave = await enter();
    }, 120_000);
    afterAll(() => leave());

    it.each(calls.map((call, at) => [call.label, call, at] as const))('%s', async (_, call, at) => {
      const expected = known[at] as Numbers;
      const beside = guards();
      beside.poison([...expected.values()].map(({ length }) => [length]));
      const found = await numbersOf(call.run(beside.around));
      expect([...found.keys()]).toEqual([...expected.keys()]);
      for (const [name, numbers] of expected) {
        expectClose(found.get(name) ?? [], numbers, toleranceOf(stockTolerance, name, numbers), name);
      }
      expect(await beside.changed()).toBe(0);
    });
  });
}
