import type { TextTraining } from '../../training/train-on-text.ts';
import type { ReaderSize } from './reader-model.ts';

/** All that the weights follow from. */
export interface ReaderInput {
  readonly kind: 'reader';
  readonly seed: number;
  readonly size: ReaderSize;
  readonly training: Omit<TextTraining, 'seconds'>;
  readonly steps: number;
  /** Held-out bytes that are evaluated at most, spread evenly over the held-out chapters. */
  readonly evaluatedBytes: number;
  /** Bytes that the model sees before and with the last of those that are evaluated; the first is that of the training. */
  readonly contexts: readonly number[];
  /** Where the files go; none are written without it. */
  readonly folder?: string;
  /** The command that does it all again. */
  readonly command: string;
}

/** What the same held-out bytes take after so much of what stands before them. */
export interface BitsAfter {
  readonly context: number;
  readonly bits: number;
}

/** A Transformer-XL of bytes. */
export interface MemorySize {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

export interface MemoryInput {
  readonly kind: 'memory';
  readonly seed: number;
  readonly size: MemorySize;
  readonly batch: number;
  readonly segmentLength: number;
  /** While training. */
  readonly memoryLength: number;
  readonly steps: number;
  readonly learningRate: number;
  /** The held-out bytes that are predicted: as many from their beginning. */
  readonly evaluatedBytes: number;
  /** Memories that it is evaluated with. */
  readonly memories: readonly number[];
  readonly folder?: string;
  readonly command: string;
}

export interface MemoryFigures {
  readonly kind: 'memory';
  readonly parameters: number;
  readonly fileBytes: number;
  readonly trainingSeconds: number;
  readonly evaluatedBytes: number;
  readonly byMemory: readonly { readonly memory: number; readonly bits: number }[];
}

export interface ReaderFigures {
  readonly kind: 'reader';
  readonly parameters: number;
  readonly fileBytes: number;
  readonly steps: number;
  readonly trainingSeconds: number;
  readonly trainingBytes: number;
  /** Bits per byte of the held-out chapters, with the weights as they are in the file. */
  readonly heldOutBits: number;
  readonly scoredBytes: number;
  /** The ends of the same excerpts each time. */
  readonly byContext: readonly BitsAfter[];
  readonly unigram: number;
  readonly bigram: number;
  readonly gzip: number;
}

export type AnyInput = ReaderInput | MemoryInput;
export type AnyFigures = ReaderFigures | MemoryFigures;
