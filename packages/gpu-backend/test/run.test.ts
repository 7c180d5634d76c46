import { disposeParameters, disposeState } from '@longspan/core-tensor';
import { effort } from '@longspan/tooling/expect';
import { memoryStore, wholeRun } from '@longspan/tooling/runs';
import { memory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { registered } from './registered.ts';
import { webgpu } from './tfjs-parts.ts';

const steps = effort(16, 40);

it(`a run with memory, dropout, accumulation, an average, validation and checkpoints holds after step ${steps} what it held after step 12`, async ({
  annotate,
}) => {
  const { unregister } = await registered();
  const held = () => {
    const { numTensors, numDataBuffers, numBytes } = memory();
    const { bufferManager } = webgpu();
    return {
      tensors: numTensors,
      buffers: numDataBuffers,
      bytes: numBytes,
      bytesOfDevice: bufferManager.numBytesAllocated,
      used: bufferManager.getNumUsedBuffers(),
    };
  };
  const run = wholeRun(steps, { store: memoryStore(), every: 2 });
  let early: ReturnType<typeof held> | undefined;
  let late: ReturnType<typeof held> | undefined;
  // Both after a validation and a checkpoint, which have read all that was submitted.
  for await (const { step } of run) {
    if (step === 12) early = held();
    if (step === steps) late = held();
  }
  const { parameters, average, state } = await run.finish();
  await annotate(JSON.stringify(early));
  expect(early?.tensors).toBeGreaterThan(50);
  expect(late).toEqual(early);
  for (const each of [parameters, average]) disposeParameters(each);
  disposeState(state);
  unregister();
});
