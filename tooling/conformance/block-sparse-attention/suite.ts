import { explain, sparseAttention } from '@longspan/attention-sparse';
import { dispose, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../expect/close.ts';
import { leaked } from '../../expect/leaked.ts';
import { drawn, gradientsOf, numbersOf } from './attend.ts';
import { type ConformanceCall, toleranceOf } from './call.ts';
import { ask, expectedOf } from './expected.ts';
import { hardCalls } from './hard-calls.ts';
import { anyLayoutCall, anyScoredCall } from './random-call.ts';

/** Where attention runs: a backend of tfjs, with or without kernels of ours on it. */
export interface Place {
  readonly label: string;
  /** The kernel that has to take every call, by the name that `explain` gives it: nothing is compared with itself unseen. */
  readonly kernel: string;
  /**
   * Makes it the place where calls run.
   * @returns how to leave it
   */
  readonly enter: () => Promise<() => void>;
}

const seed = 20;

/**
 * The block-sparse attention contract, in each of the places: results, gradients, and nothing left behind.
 * @param longest tokens of the longest random sequence: what the places can do in a test's time
 */
export function blockSparseAttentionConformance(places: readonly Place[], { longest }: { readonly longest: number }): void {
  const properties = [
    { name: '200 random layouts and shapes', calls: anyLayoutCall(longest), numRuns: 200 },
    { name: '120 random mixes of score terms', calls: anyScoredCall(longest), numRuns: 120 },
  ];

  beforeAll(() => ask([...hardCalls, ...properties.flatMap(({ calls, numRuns }) => fc.sample(calls, { numRuns, seed }))]), 120_000);

  describe.each(places)('block-sparse attention: $label', (place) => {
    let leave = (): void => {};
    beforeAll(async () => {
      leave = await place.enter();
    });
    afterAll(() => leave());

    describe.each(hardCalls)('$label', (call) => {
      it('gives the results and the gradients of the dense definition', () => expectDense(call, place));

      it('leaves no tensors behind, forward and backward', async () => {
        const given = drawn(call.sizes);
        const { options, learned, rebuild } = call.options();
        const nothing = { tensors: 0, buffers: 0 };
        expect(await leaked(() => ({ ...sparseAttention(...given.inputs, options) }))).toEqual(nothing);
        expect(await leaked(() => gradientsOf(sparseAttention, rebuild, given, learned))).toEqual(nothing);
        dispose([...given.inputs, { ...given.cotangents }, ...learned]);
      });
    });

    it('leaves no tensors behind where a call is refused', async () => {
      const [q, k, v] = drawn({ b: 2, h: 3, hkv: 3, nq: 37, nk: 37, d: 11, dv: 5 }).inputs;
      expect(() => sparseAttention(q, v, k)).toThrow('sparseAttention: ');
      expect(await leaked(() => ({ ...sparseAttention(q, v, k) }))).toEqual({ tensors: 0, buffers: 0 });
      dispose([q, k, v]);
    });

    it.each(properties)(
      '$name give the results and the gradients of the dense definition',
      async ({ calls, numRuns }) => {
        const holds = fc.asyncProperty(calls, (call: ConformanceCall) => expectDense(call, place));
        await fc.assert(holds, { numRuns, seed, includeErrorInReport: true });
      },
      300_000,
    );
  });
}

async function expectDense(call: ConformanceCall, { kernel }: Place): Promise<void> {
  const expected = await expectedOf(call);
  expect(tidy(() => explain(...drawn(call.sizes).inputs, call.options().options).kernel)).toBe(kernel);
  const ours = await numbersOf(sparseAttention, call);
  expect([...ours.keys()]).toEqual([...expected.keys()]);
  for (const [name, values] of expected) {
    expectClose(ours.get(name) as ArrayLike<number>, values, toleranceOf(call.tolerance, name, values), `${name} of ${call.label}`);
  }
}
