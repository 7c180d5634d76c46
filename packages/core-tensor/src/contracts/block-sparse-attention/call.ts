import type { Tensor } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../op/choose.ts';
import type { KernelTolerance } from '../../op/define-contract.ts';
import type { AttentionBlocks } from './attention-blocks.ts';
import type { ScoreTerm } from './score-term/index.ts';

/** One call of BlockSparseAttention, checked (see `attentionCall`): what every kernel is handed. */
export interface AttentionCall extends AttentionBlocks {
  /** [b, h, nq, d] */
  readonly q: Tensor;
  /** [b, hkv, nk, d]; query head a reads key head floor(a · hkv / h). */
  readonly k: Tensor;
  /** [b, hkv, nk, dv] */
  readonly v: Tensor;
  readonly scale: number;
  readonly terms: readonly ScoreTerm[];
}

export interface AttentionResult {
  /** [b, h, nq, dv] */
  readonly out: Tensor;
  /** [b, h, nq], nats; −Infinity where a query attends to no key. With an attention sink it includes the sink, and then is never lower. */
  readonly logSumExp: Tensor;
}

/** What a kernel's forward pass makes: the result, and what only its own backward pass gets. */
export interface AttentionForward extends AttentionResult {
  /**
   * [b, h, nq], finite: what rounding took from the log-sum-exp, so that logSumExp + roundedOff is exact. Without it weights
   * exp(s − logSumExp) are wrong by a factor where all scores of a row lie far from 0: near 1e9 a log-sum-exp is a multiple of 64.
   */
  readonly roundedOff?: Tensor | undefined;
}

/** What the backward pass reads besides the call. `roundedOff` is absent, so 0, where others than a forward pass made the log-sum-exp. */
export interface AttentionCotangents extends AttentionForward {
  /** The cotangents of out and logSumExp, of their shapes. */
  readonly outCotangent: Tensor;
  readonly logSumExpCotangent: Tensor;
}

/** The gradients of q, k, v and of each tensor of the terms, in order; null where none flows (integers). */
export type AttentionGradients = readonly (Tensor | null)[];

/** A way of computing block-sparse attention, both passes. */
export interface AttentionKernel extends Kernel<AttentionCall> {
  /** What its results may differ from the dense reference by, and why that much. */
  readonly tolerance: KernelTolerance;
  /** How it would run the forward pass of a call, as a phrase ("on 2 threads"), for `explain`. */
  note?(call: AttentionCall): string;
  forward(call: AttentionCall): AttentionForward;
  backward(call: AttentionCall, cotangents: AttentionCotangents): AttentionGradients;
}
