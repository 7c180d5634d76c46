import { backend } from '@tensorflow/tfjs-core';
import type { TfjsWebGpu } from '../src/tfjs/tfjs-webgpu.ts';

/** The current backend, which has to be tfjs's webgpu, with what tests count of it. */
export const webgpu = (): TfjsWebGpu & {
  getBufferData(buffer: GPUBuffer): Promise<ArrayBuffer>;
  readSync(dataId: object): unknown;
  readonly bufferManager: { getNumUsedBuffers(): number; getNumFreeBuffers(): number };
} => backend() as never;

/** Counts what reads back and what submits while `run` works. */
export function counted(run: () => void): { readonly reads: number; readonly submits: number } {
  const tfjs = webgpu();
  const { getBufferData, readSync, submitQueue } = tfjs;
  let reads = 0;
  let submits = 0;
  Object.assign(tfjs, {
    getBufferData: (buffer: GPUBuffer) => {
      reads++;
      return getBufferData.call(tfjs, buffer);
    },
    readSync: (dataId: object) => {
      reads++;
      return readSync.call(tfjs, dataId);
    },
    submitQueue: () => {
      submits++;
      submitQueue.call(tfjs);
    },
  });
  try {
    run();
    return { reads, submits };
  } finally {
    Object.assign(tfjs, { getBufferData, readSync, submitQueue });
  }
}
