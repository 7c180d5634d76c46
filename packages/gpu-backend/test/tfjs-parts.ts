import { backend } from '@tensorflow/tfjs-core';
import type { TfjsWebGpu } from '../src/tfjs/tfjs-webgpu.ts';

/** The current backend, which has to be tfjs's webgpu, with what tests count of it. */
export const webgpu = (): TfjsWebGpu & {
  getBufferData(buffer: GPUBuffer): Promise<ArrayBuffer>;
  readSync(dataId: object): unknown;
  readonly bufferManager: { getNumUsedBuffers(): number; getNumFreeBuffers(): number };
} => backend() as never;

export interface Counted {
  readonly reads: number;
  readonly submits: number;
  readonly dispatches: number;
}

/** Counts what reads back, what submits and what is dispatched while `run` works. */
export function counted(run: () => void): Counted {
  const tfjs = webgpu();
  const { getBufferData, readSync, submitQueue } = tfjs;
  let reads = 0;
  let submits = 0;
  let dispatches = 0;
  const pass = GPUComputePassEncoder.prototype;
  const { dispatchWorkgroups } = pass;
  pass.dispatchWorkgroups = function (...workgroups) {
    dispatches++;
    dispatchWorkgroups.apply(this, workgroups);
  };
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
    return { reads, submits, dispatches };
  } finally {
    Object.assign(tfjs, { getBufferData, readSync, submitQueue });
    pass.dispatchWorkgroups = dispatchWorkgroups;
  }
}
