import { type AttentionKernel, attentionKernel, blockSparseAttentionContract } from '@longspan/core-tensor/kernel';
import { beforeAll, describe, expect, it } from 'vitest';
import { withBackend } from '../../expect/backends.ts';
import { isTried } from '../../expect/effort.ts';
import type { ConformanceCall } from './call.ts';
import { expectDense } from './expect-dense.ts';
import { faultless, faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

const callOf = (label: string): ConformanceCall => hardCalls.find((call) => call.label === label) as ConformanceCall;

/** What the conformance suite does with a call, while that kernel is the fastest one. */
async function compare(call: ConformanceCall, kernel: AttentionKernel): Promise<void> {
  const remove = blockSparseAttentionContract.addKernel('cpu', attentionKernel(kernel));
  try {
    await expectDense(call, kernel.name);
  } finally {
    remove();
  }
}

describe('the conformance suite', () => {
  beforeAll(() => withBackend('cpu'));

  it.each([...new Set(faults.map(({ shownBy }) => shownBy))].filter((label) => isTried(label)))(
    'passes a kernel without a mistake on the call: %s',
    (label) => compare(callOf(label), faultless),
  );

  it.each(faults.map((fault) => [fault.label, fault] as const))('fails a kernel where %s', async (_, { shownBy, kernel }) => {
    await expect(compare(callOf(shownBy), kernel)).rejects.toThrow(/of .*: element \d+ is .*, expected/);
  });
});
