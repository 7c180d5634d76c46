/** Whether activations are kept or rebuilt. */
export type Storage = 'stored' | 'reversible';

/** Blocks of causal window attention and a chunked feed-forward layer. */
export interface StackSize {
  readonly length: number;
  readonly width: number;
  readonly heads: number;
  readonly chunkLength: number;
}

export interface MemoryInput {
  readonly kind: 'memory';
  readonly seed: number;
  readonly size: StackSize;
  readonly depth: number;
  readonly storage: Storage;
}

export interface TimeInput {
  readonly kind: 'time';
  readonly seed: number;
  readonly size: StackSize;
  readonly depth: number;
  readonly turns: number;
}

/** Queries and keys are one, or projections of their own. */
export type Sharing = 'shared' | 'separate';

export interface TrainInput {
  readonly kind: 'train';
  readonly seed: number;
  /** One residual stream as in any Transformer, or two in reversible blocks. */
  readonly storage: 'plain' | 'reversible';
  readonly sharing: Sharing;
  readonly length: number;
  readonly width: number;
  readonly heads: number;
  readonly depth: number;
  readonly batch: number;
  readonly steps: number;
  readonly learningRate: number;
}

export type ReversibleInput = MemoryInput | TimeInput | TrainInput;

export interface MemoryFigures {
  readonly kind: 'memory';
  /** Of the parameters; their gradients take as much again. */
  readonly parameterBytes: number;
  /** Bytes of tensors alive at the peak of a forward and backward pass, beyond the parameters. */
  readonly peakBytes: number;
  /** Resident bytes at that peak beyond those before the pass: with what the heap holds free. */
  readonly residentBytes: number;
}

export interface TimeFigures {
  readonly kind: 'time';
  /** Seconds of a forward and backward pass, in turns. */
  readonly stored: readonly number[];
  readonly reversible: readonly number[];
  /** The largest distance between the two's gradients, relative to the norm of each. */
  readonly distance: number;
}

export interface TrainFigures {
  readonly kind: 'train';
  /** Bits per character of each step. */
  readonly bits: readonly number[];
  /** Bits per character of held-out chapters. */
  readonly heldOut: number;
  readonly seconds: number;
}

export type ReversibleFigures = MemoryFigures | TimeFigures | TrainFigures;
