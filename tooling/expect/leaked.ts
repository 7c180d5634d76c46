import { dispose, memory, type TensorContainer } from '@tensorflow/tfjs-core';

/** How many tensors stay after once what `run` returned is disposed; a throw in `run` counts as an empty result. */
export async function leaked(run: () => TensorContainer | Promise<TensorContainer>): Promise<{ tensors: number; buffers: number }> {
  const before = memory();
  try {
    dispose(await run());
  } catch {
    // A throw must not leak either; whether it throws is another test's question.
  }
  const after = memory();
  return { tensors: after.numTensors - before.numTensors, buffers: after.numDataBuffers - before.numDataBuffers };
}
