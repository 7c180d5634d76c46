import { denseAttention, sparseAttention } from '@longspan/attention-sparse';
import { createKey, randomBits } from '@longspan/core-tensor';
import fc, { type Arbitrary } from 'fast-check';
import { resultsOf } from '../conformance/block-sparse-attention/attend.ts';
import type { CallTolerance, ConformanceCall } from '../conformance/block-sparse-attention/call.ts';
import { anyLayoutCall, anyScoredCall } from '../conformance/block-sparse-attention/random-call.ts';
import type { Results } from '../conformance/contract/results.ts';
import { contractSuites } from '../conformance/contracts.ts';
import { stockTolerance } from '../conformance/stock/call.ts';
import { anyElementwise } from '../conformance/stock/elementwise.ts';
import { anyProduct } from '../conformance/stock/mat-mul.ts';

/** A call, forward and backward, that gives the same numbers each time, on whatever kernels are in place. */
export interface SoakCall {
  /** Says all that there is to it; the first word is its kind. */
  readonly label: string;
  readonly tolerance: CallTolerance;
  /** The caller disposes the results. */
  run(): Results;
  /** What `run` must give, computed on tfjs's own kernels alone: by the reference of the same contract by default. */
  expected?(): Results;
}

/** Random layouts of every form on random shapes, with and without score terms: short ones, and some that threads share. */
const attention = (calls: Arbitrary<ConformanceCall>): Arbitrary<SoakCall> =>
  calls.map((call) => ({
    label: `attention ${call.label}`,
    tolerance: call.tolerance,
    run: () => resultsOf(sparseAttention, call),
    expected: () => resultsOf(denseAttention, call),
  }));

const kinds: readonly Arbitrary<SoakCall>[] = [
  ...[anyLayoutCall(90), anyScoredCall(90), anyLayoutCall(320, 64), anyScoredCall(320, 64)].map(attention),
  ...contractSuites.map(({ name, anyCall }) =>
    anyCall(700).map(({ label, tolerance, run }) => ({ label: `${name} ${label}`, tolerance, run })),
  ),
  ...[...anyProduct, anyElementwise].map((calls) => calls.map((call) => ({ ...call, tolerance: stockTolerance }))),
];

/** The call of that number: each kind is as likely as the others. */
export function callAt(seed: number, at: number): SoakCall {
  const [word] = randomBits(createKey(seed).fold(at), 1);
  const [call] = fc.sample(fc.oneof(...kinds), { numRuns: 1, seed: word as number });
  return call as SoakCall;
}
