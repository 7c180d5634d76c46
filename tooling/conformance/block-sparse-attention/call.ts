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

/** Writes numbers into a tensor that was drawn. */
export type Plant = (values: Float32Array, shape: readonly number[]) => void;

/** What a call promises of one number of a result: what was expected, that it is NaN or infinite, or nothing. */
export type Promised = 'as expected' | 'not finite' | 'nothing';

/** One call that every kernel has to answer as the dense definition does. */
export interface ConformanceCall {
  /** Says all that there is to the call: equal labels are equal calls. */
  readonly label: string;
  readonly sizes: CallSizes;
  readonly tolerance: CallTolerance;
  /** What is written into the queries, keys, values and the cotangent of out. */
  readonly plants?: Partial<Record<'q' | 'k' | 'v' | 'out', Plant>> | undefined;
  /** A call of ordinary numbers that it has to give the results of, where the definition cannot be asked: 0 · NaN is NaN there. */
  readonly twin?: ConformanceCall | undefined;
  /** Of a number of the results, by its name and its place; all are as expected by default. */
  readonly promised?: ((name: string, place: readonly number[]) => Promised) | undefined;
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
