import type { Instructions } from '@longspan/wasm-backend';
import type { Pace } from '../../figures/alternate.ts';
import type { Estimate, Ratio } from '../../figures/pairs.ts';
import type { LanguageModelSize } from '../../model/language-model.ts';
import type { Measured } from '../kernels/input.ts';

export interface StepSize extends LanguageModelSize {
  /** Tokens of the one sequence. */
  readonly n: number;
}

interface Common {
  readonly seed: number;
  /** The build of our kernels; the best that the engine has by default. */
  readonly instructions?: Instructions;
}

/** A step beside PyTorch's, both on so many threads. */
export interface PeerStepInput extends Common {
  readonly kind: 'peer step';
  readonly size: StepSize;
  readonly pace: Pace;
  readonly threads: number;
  readonly python: string;
  /** PyTorch's side. */
  readonly script: string;
  /** Where files for it lie. */
  readonly folder: string;
}

/** A step beside stock tfjs, one thread each. */
export interface StockStepInput extends Common {
  readonly kind: 'stock step';
  readonly size: StepSize;
  readonly pace: Pace;
}

/** How the layers keep what the backward pass needs, and how tokens and losses are cut. */
export interface Combination {
  readonly storage: 'stored' | 'recomputed' | 'reversible';
  /** The losses of some tokens at a time. */
  readonly hasChunkedLoss?: true;
  /** A segment at a time, with the memory of the one before, and a step for each. */
  readonly hasMemory?: true;
}

export interface MemoryInput extends Common {
  readonly kind: 'memory';
  readonly size: StepSize;
  readonly combination: Combination;
  /** Tokens of a segment, and of the memory before it. */
  readonly segmentLength: number;
}

export type TrainingInput = PeerStepInput | StockStepInput | MemoryInput;

/** What a step consists of, in seconds. */
export interface StepParts {
  /** Multiply-adds of linear layers and of the pairs that the mask allows, forward and backward, at the highest rate of the threads. */
  readonly linearAtPeak: number;
  readonly attentionAtPeak: number;
  /** The loss and all gradients. */
  readonly gradients: number;
  readonly whole: number;
}

export interface PeerStepFigures {
  readonly kind: 'peer step';
  /** Our time over PyTorch's. */
  readonly ratio: Ratio;
  readonly theirs: Estimate;
  readonly ours: Estimate;
  readonly parts: StepParts;
  /** How far loss, gradients and weights after the step are apart at worst, as shares of their size. */
  readonly apart: { readonly loss: number; readonly gradients: number; readonly weights: number };
  readonly versions: readonly string[];
}

export interface StockStepFigures {
  readonly kind: 'stock step';
  readonly measured: Measured;
}

export interface MemoryFigures {
  readonly kind: 'memory';
  /** Of tensors and scratch on the wasm heap while a step ran, those before it not counted. */
  readonly peakBytes: number;
  /** What the process grew by, weights and the optimiser's state included. */
  readonly residentBytes: number;
  /** Weights and AdamW's state, which are there before a step: three numbers a weight. */
  readonly beforeBytes: number;
  /** Of all bytes once. */
  readonly seconds: number;
  /** Before the first step, in nats. */
  readonly loss: number;
}

export type TrainingFigures = PeerStepFigures | StockStepFigures | MemoryFigures;
