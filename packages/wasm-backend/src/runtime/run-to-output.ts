import type { DataType, Tensor } from '@tensorflow/tfjs-core';
import { type Job, type Runtime, runJob } from './runtime.ts';

/** A new tensor that a job writes; disposed again where the heap is too full for the job. */
export function runToOutput(runtime: Runtime, shape: readonly number[], dtype: DataType, jobOf: (out: number) => Job): Tensor {
  const out = runtime.heap.makeOutput(shape, dtype);
  try {
    runJob(runtime, jobOf(runtime.heap.pointerOf(out)));
  } catch (error) {
    out.dispose();
    throw error;
  }
  return out;
}
