import type { AttentionCall } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Uniform } from '../../../tfjs/tfjs-webgpu.ts';
import type { TermCode } from './term-code.ts';
import type { TermGradient } from './term-gradient.ts';

export interface TermContext {
  readonly call: AttentionCall;
  /** Whether a soft cap comes later: then a score of −∞ is a number again. */
  readonly isBeforeSoftCap: boolean;
  /** The name of one of the term's uniforms in WGSL; `at` is where its numbers begin in `tables`. */
  readonly field: (name: string) => string;
}

/** A term of one call. */
export interface TermOnGpu {
  readonly code: TermCode;
  /** What is copied into `tables`, in this order. */
  readonly sources?: readonly (Tensor | Float32Array)[];
  readonly uniforms?: Readonly<Record<string, Uniform>>;
  /** How the gradients of its tensors are added up; absent where it learns nothing. */
  readonly gradient?: TermGradient;
}

/** What a kind of score term is on webgpu: one of these, in the list of index.ts. */
export type GpuTerm<Term> = (term: Term, context: TermContext) => TermOnGpu;
