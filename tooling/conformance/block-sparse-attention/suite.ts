import { sparseAttention } from '@longspan/attention-sparse';
import { blockSparseAttentionContract } from '@longspan/core-tensor/kernel';
import { dispose } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { effort } from '../../expect/effort.ts';
import { leaked } from '../../expect/leaked.ts';
import type { ConformanceOptions, ConformanceSuite, Place } from '../place.ts';
import { drawn, gradientsOf } from './attend.ts';
import type { ConformanceCall } from './call.ts';
import { expectDense, expectIndependent } from './expect-dense.ts';
import { ask } from './expected.ts';
import { hardCalls } from './hard-calls.ts';
import { anyLayoutCall, anyScoredCall } from './random-call.ts';

const seed = 20;

/** Block-sparse attention: results, gradients, and nothing left behind. `longest`: tokens of the longest random sequence. */
export const blockSparseAttention: ConformanceSuite = { name: blockSparseAttentionContract.name, describe: describeSuite };

function describeSuite(place: Place, { longest, isTried = () => true, randomCalls, patience = 300_000 }: ConformanceOptions): void {
  // References are made of tfjs's operations, and slow: where there is time they take as many calls as kernels do, and all of their tests.
  const isWhole = place.kernel !== 'reference' || effort(0, 1) === 1;
  const properties = [
    { name: 'random layouts and shapes', calls: anyLayoutCall(longest), numRuns: randomCalls ?? (isWhole ? effort(60, 200) : 20) },
    { name: 'random mixes of score terms', calls: anyScoredCall(longest), numRuns: randomCalls ?? (isWhole ? effort(40, 120) : 20) },
  ];
  const tried = hardCalls.filter(({ label }) => isTried(label));

  describe(`${blockSparseAttentionContract.name}: ${place.label}`, () => {
    let leave = (): void => {};
    beforeAll(async () => {
      await ask([...tried, ...properties.flatMap(({ calls, numRuns }) => fc.sample(calls, { numRuns, seed }))]);
      leave = await place.enter();
    }, 300_000);
    afterAll(() => leave());

    describe.each(tried)('$label', (call) => {
      it('gives the results and the gradients of the dense definition', () => expectDense(call, place.kernel));

      if (isWhole) {
        it('gives the same whatever lies beside its operands', () => expectIndependent(call));
      }

      it('leaves no tensors behind, forward and backward', async () => {
        const given = drawn(call);
        const { options, learned, rebuild } = call.options();
        const nothing = { tensors: 0, buffers: 0 };
        expect(await leaked(() => ({ ...sparseAttention(...given.inputs, options) }))).toEqual(nothing);
        expect(await leaked(() => gradientsOf(sparseAttention, rebuild, given, learned))).toEqual(nothing);
        dispose([...given.inputs, { ...given.cotangents }, ...learned]);
      });
    });

    it('leaves no tensors behind where a call is refused', async () => {
      const [q, k, v] = drawn({ sizes: { b: 2, h: 3, hkv: 3, nq: 37, nk: 37, d: 11, dv: 5 } }).inputs;
      expect(() => sparseAttention(q, v, k)).toThrow('sparseAttention: ');
      expect(await leaked(() => ({ ...sparseAttention(q, v, k) }))).toEqual({ tensors: 0, buffers: 0 });
      dispose([q, k, v]);
    });

    it.each(properties)(
      '$numRuns $name give the results and the gradients of the dense definition',
      async ({ calls, numRuns }) => {
        const holds = fc.asyncProperty(calls, (call: ConformanceCall) => expectDense(call, place.kernel));
        await fc.assert(holds, { numRuns, seed, includeErrorInReport: true });
      },
      patience,
    );
  });
}
