import { disposeParameters, disposeState } from '@longspan/core-tensor';
import { effort, onFewerBackends, watchHeap } from '@longspan/tooling/expect';
import { memoryStore, wholeRun } from '@longspan/tooling/runs';
import { memory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

const steps = effort(20, 1000);

onFewerBackends('a run with memory, dropout, accumulation, an average, validation and checkpoints', (backend) => {
  it(`holds after step ${steps} what it held after step 10`, { timeout: 2_400_000 }, async ({ annotate }) => {
    const heap = backend === 'wasm' ? watchHeap() : () => undefined;
    const held = () => {
      const { numTensors, numDataBuffers, numBytes } = memory();
      return { tensors: numTensors, buffers: numDataBuffers, bytes: numBytes, heap: heap() };
    };
    const run = wholeRun(steps, { store: memoryStore(), every: 5 });
    let early: ReturnType<typeof held> | undefined;
    let late: ReturnType<typeof held> | undefined;
    for await (const { step } of run) {
      if (step === 10) early = held();
      if (step === steps) late = held();
    }
    const { parameters, average, state } = await run.finish();
    await annotate(JSON.stringify(early));
    expect(early?.tensors).toBeGreaterThan(50);
    expect(late).toEqual(early);
    for (const each of [parameters, average]) disposeParameters(each);
    disposeState(state);
  });
});
