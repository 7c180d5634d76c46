import type { Tensor } from '@tensorflow/tfjs-core';
import type { CallTolerance } from '../conformance/block-sparse-attention/call.ts';

/** Results and gradients by name; whatever the name, all of them are disposed by the caller. */
export type Results = Readonly<Record<string, Tensor>>;

/** A call, forward and backward, that gives the same numbers each time, on whatever kernels are in place. */
export interface SoakCall {
  /** Says all that there is to it. */
  readonly label: string;
  readonly tolerance: CallTolerance;
  run(): Results;
  /** What `run` must give, computed on tfjs's own kernels alone: by the reference of the same contract where it is left out. */
  expected?(): Results;
}
