import type { SparseAttentionOptions } from '@longspan/attention-sparse';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tolerance } from '../../expect/close.ts';

export interface CallSizes {
  readonly b: number;
  readonly h: number;
  readonly hkv: number;
  readonly nq: number;
  readonly nk: number;
  readonly d: number;
  readonly dv: number;
}

/** How far results may be from the dense definition's. */
export interface CallTolerance {
  readonly forward: Tolerance;
  readonly backward: Tolerance;
  /** Added to what the gradients of learned terms are allowed. */
  readonly learned?: number;
  /** Whether `atol` is meant for a largest value of 1, and grows with it: score terms make scores and gradients of any size. */
  readonly growsWithLargest?: boolean;
}

/** One call that every kernel has to answer as the dense definition does. */
export interface ConformanceCall {
  /** Says all that there is to the call: equal labels are equal calls. */
  readonly label: string;
  readonly sizes: CallSizes;
  readonly tolerance: CallTolerance;
  /** Makes the options and, in the order of their gradients, the tensors of the terms that are learned. */
  readonly options: () => {
    readonly options: SparseAttentionOptions;
    readonly learned: readonly Tensor[];
    readonly rebuild: (learned: readonly Tensor[]) => SparseAttentionOptions;
  };
}

/** What is allowed for the numbers of that name, given what they should be. */
export function toleranceOf(tolerance: CallTolerance, name: string, expected: ArrayLike<number>): Tolerance {
  const { atol, rtol } = name.startsWith('gradient') ? tolerance.backward : tolerance.forward;
  const added = name.startsWith('gradient of learned') ? (tolerance.learned ?? 0) : 0;
  if (tolerance.growsWithLargest !== true) return { atol: atol + added, rtol };
  const sizes = Array.from(expected, Math.abs).filter(Number.isFinite);
  return { atol: atol * sizes.reduce((one, other) => Math.max(one, other), 1) + added, rtol };
}
