import type { RetrieverSize } from './retriever.ts';

/** What a model may be trained or evaluated with: 0 rounds is attention to all tokens. */
export type Rounds = number;

export interface DuplicationInput {
  readonly kind: 'duplication';
  readonly seed: number;
  readonly size: RetrieverSize;
  readonly chunkLength: number;
  readonly trainedWith: Rounds;
  readonly evaluatedWith: readonly Rounds[];
  /** At most; training ends before, once ten losses in a row are below `enough`. */
  readonly steps: number;
  readonly enough: number;
  readonly batch: number;
  /** With how few symbols a training word may be written; those that are evaluated may have all. */
  readonly fewestSymbols: number;
  readonly learningRate: number;
  readonly testSequences: number;
}

/** Attention forward and backward, one head, as many sequences as make up the tokens. */
interface TimeInput {
  readonly seed: number;
  readonly tokens: number;
  readonly headDim: number;
  readonly repeats: number;
}

export interface LshTimeInput extends TimeInput {
  readonly kind: 'lsh time';
  readonly lengths: readonly number[];
  readonly chunkLength: number;
  readonly rounds: Rounds;
}

export interface DenseTimeInput extends TimeInput {
  readonly kind: 'dense time';
  readonly length: number;
  /** A pass that is expected to take longer than this is left out. */
  readonly waitSeconds: number;
}

export interface ImageInput {
  readonly kind: 'image';
  readonly seed: number;
  readonly side: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly chunkLength: number;
  readonly rounds: Rounds;
  readonly steps: number;
}

export interface MassInput {
  readonly kind: 'mass';
  readonly seed: number;
  readonly size: RetrieverSize;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Stretches of held-out text whose attention is looked at. */
  readonly excerpts: number;
  readonly chunkLengths: readonly number[];
  readonly rounds: readonly Rounds[];
}

export type LshInput = DuplicationInput | LshTimeInput | DenseTimeInput | ImageInput | MassInput;

export interface DuplicationFigures {
  readonly kind: 'duplication';
  readonly steps: number;
  readonly seconds: number;
  readonly loss: number;
  /** Shares of the second half's symbols that are right, in the order of `evaluatedWith`. */
  readonly accuracies: readonly number[];
}

export interface LshTimeFigures {
  readonly kind: 'lsh time';
  /** Seconds of a forward and backward pass: rounds of turns, each in the order of the lengths. */
  readonly turns: readonly (readonly number[])[];
}

export interface DenseTimeFigures {
  readonly kind: 'dense time';
  readonly length: number;
  /** Of a forward and backward pass. */
  readonly seconds: readonly number[];
}

export interface ImageFigures {
  readonly kind: 'image';
  readonly tokens: number;
  readonly parameters: number;
  readonly forwardSeconds: number;
  readonly bothSeconds: number;
  readonly peakBytes: number;
  /** Nats per channel value before each step. */
  readonly losses: readonly number[];
}

export interface MassFigures {
  readonly kind: 'mass';
  /** Bits per character of the last training batches. */
  readonly bits: number;
  readonly cells: readonly MassCell[];
}

/** How much of the attention to all earlier tokens lies on those that LSH finds. */
export interface MassCell {
  readonly chunkLength: number;
  readonly rounds: Rounds;
  readonly found: number;
  /** Likewise where tokens are sorted at random. */
  readonly byChance: number;
}

export type LshFigures = DuplicationFigures | LshTimeFigures | DenseTimeFigures | ImageFigures | MassFigures;
