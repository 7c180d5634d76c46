import { denseAttention, sparseAttention } from '@longspan/attention-sparse';
import { randomBits } from '@longspan/core-tensor';
import fc, { type Arbitrary } from 'fast-check';
import { resultsOf } from '../conformance/block-sparse-attention/attend.ts';
import type { ConformanceCall } from '../conformance/block-sparse-attention/call.ts';
import { anyLayoutCall, anyScoredCall } from '../conformance/block-sparse-attention/random-call.ts';
import type { SoakCall } from './call.ts';
import type { Draw } from './draw.ts';

const attention =
  (calls: Arbitrary<ConformanceCall>) =>
  ({ key }: Draw): SoakCall => {
    const seed = randomBits(key.fold('attention'), 1)[0] as number;
    const [call] = fc.sample(calls, { numRuns: 1, seed }) as [ConformanceCall];
    return {
      label: `attention ${call.label}`,
      tolerance: call.tolerance,
      run: () => resultsOf(sparseAttention, call),
      expected: () => resultsOf(denseAttention, call),
    };
  };

/** Random layouts of every form on random shapes, with and without score terms: short ones, and some that threads share. */
export const attentionCalls: readonly ((draw: Draw) => SoakCall)[] = [
  attention(anyLayoutCall(90)),
  attention(anyScoredCall(90)),
  attention(anyLayoutCall(320, 64)),
  attention(anyScoredCall(320, 64)),
];
