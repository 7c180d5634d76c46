import type { Pace } from '../../figures/alternate.ts';
import type { Contest } from '../kernels/contest.ts';

/** The sizes of a Transformer-XL over bytes. */
export interface XlSize {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
}

/** How long a token takes, with memory and by recomputing its whole window. */
export interface SpeedInput {
  readonly kind: 'speed';
  readonly seed: number;
  readonly size: XlSize;
  /** Tokens that each token may look back at. */
  readonly attentionLength: number;
  /** Tokens that the model with memory reads at a time. */
  readonly segmentLength: number;
  readonly pace: Pace;
}

/** Four small models trained on the book alike, and what they make of held-out chapters. */
export interface ModelsInput {
  readonly kind: 'models';
  readonly seed: number;
  readonly size: XlSize;
  readonly batch: number;
  readonly segmentLength: number;
  /** Of the two models that have one, while training. */
  readonly memoryLength: number;
  readonly steps: number;
  readonly learningRate: number;
  /** Held-out bytes that are predicted. */
  readonly evaluatedBytes: number;
  /** Memories that the relative model is evaluated with. */
  readonly memories: readonly number[];
  readonly recl: {
    readonly positions: number;
    readonly step: number;
    readonly longest: number;
    readonly ratios: readonly number[];
  };
}

export type XlInput = SpeedInput | ModelsInput;

export interface SpeedFigures {
  readonly kind: 'speed';
  /** The base predicts a segment with memory in its run, the head one token by its window. */
  readonly contest: Contest;
  /** How many times longer the vanilla model takes for a token. */
  readonly timesSlower: { readonly ratio: number; readonly low: number; readonly high: number };
}

/** One of the four models: its name in tables, and what it was given. */
export interface Variant {
  readonly positions: 'relative' | 'absolute';
  readonly hasMemory: boolean;
}

export const variants: readonly Variant[] = [
  { positions: 'relative', hasMemory: true },
  { positions: 'relative', hasMemory: false },
  { positions: 'absolute', hasMemory: true },
  { positions: 'absolute', hasMemory: false },
];

export const nameOf = ({ positions, hasMemory }: Variant): string => `${positions} positions, ${hasMemory ? 'with' : 'without'} memory`;

export interface ModelsFigures {
  readonly kind: 'models';
  readonly parameters: number;
  /** Bits per character on held-out chapters, in the order of `variants`, each evaluated as it was trained. */
  readonly bits: readonly number[];
  readonly trainingSeconds: readonly number[];
  /** Bits per character of the first model with other memories. */
  readonly byMemory: readonly { readonly memory: number; readonly bits: number }[];
  /** Relative effective context lengths, in bytes, of Transformer-XL (the first model) and the vanilla model (the last). */
  readonly recl: readonly { readonly ratio: number; readonly xl: ReclFigure; readonly vanilla: ReclFigure }[];
  readonly evaluatedBytes: number;
}

export interface ReclFigure {
  readonly length: number;
  /** It still gained at the longest context that was tried. */
  readonly bounded: boolean;
}

export type XlFigures = SpeedFigures | ModelsFigures;
