import type { Instructions } from '@longspan/wasm-backend';
import type { StepSize } from '../training/input.ts';

export interface BookInput {
  readonly seed: number;
  /** `n` is the context. */
  readonly size: StepSize;
  /** Of attention weights and of the output of each branch. */
  readonly dropout: number;
  /** Excerpts in a step. */
  readonly batch: number;
  /** Products of all steps of one side, as floating-point operations. */
  readonly flops: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Times that both are judged on the way, and by how many held-out bytes at most. */
  readonly judgements: number;
  readonly judgedBytes: number;
  /** The same for the end. */
  readonly lastBytes: number;
  readonly threads: number;
  readonly instructions?: Instructions;
  /** Without one ours is trained alone. */
  readonly python?: string;
  readonly script: string;
  /** Where files for PyTorch lie. */
  readonly folder: string;
}

/** A side after some steps. */
export interface Judged {
  /** Of its steps alone. */
  readonly seconds: number;
  /** Bits per held-out byte. */
  readonly bits: number;
}

export interface CurvePoint {
  readonly step: number;
  /** So far, of one side. */
  readonly flops: number;
  readonly ours: Judged;
  readonly theirs?: Judged;
}

export interface BookFigures {
  readonly parameters: number;
  readonly steps: number;
  readonly bytesPerStep: number;
  readonly trainingBytes: number;
  readonly heldOutBytes: number;
  /** Those that were scored at the end. */
  readonly lastBytes: number;
  /** On some of the held-out bytes, in the order of the steps. */
  readonly curve: readonly CurvePoint[];
  /** After the last step. */
  readonly last: CurvePoint;
  /** What ran, with versions. */
  readonly versions: readonly string[];
}
