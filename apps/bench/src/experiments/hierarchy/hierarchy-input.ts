import type { Pace } from '../../figures/alternate.ts';
import type { Estimate, Ratio } from '../../figures/pairs.ts';
import type { Contest } from '../kernels/contest.ts';

/** Both trained on the book for the same time, step by step in turns, and evaluated on chapters held out. */
export interface BookInput {
  readonly kind: 'book';
  readonly seed: number;
  readonly width: number;
  readonly heads: number;
  /** Layers over tokens, before and after the shorter levels, and a palindrome of `layers@total`. */
  readonly hourglass: { readonly tokenLayers: readonly [before: number, after: number]; readonly hierarchy: string };
  /** As many layers of the same kind, all of them over tokens. */
  readonly plain: { readonly tokenLayers: readonly [before: number, after: number] };
  readonly batch: number;
  readonly length: number;
  /** Of the Hourglass; the plain model makes as many as fit into their time. */
  readonly steps: number;
  readonly learningRate: number;
  readonly evaluatedBytes: number;
}

/** An encoder of long documents, whichever it is. */
export interface EncoderSize {
  readonly width: number;
  readonly heads: number;
  /** HAT's encoders over segments, and Longformer's layers. */
  readonly layers: number;
  /** HAT's encoders across segments, which make up for the projections of Longformer's global tokens. */
  readonly documentLayers: number;
  /** Tokens of HAT's segments and of Longformer's window, both sides together. */
  readonly segmentLength: number;
  /** Whether the backward pass runs each layer again instead of keeping what it made. */
  readonly recompute: boolean;
}

export type EncoderName = 'HAT' | 'Longformer';

/** Forward and backward over one speech. */
export interface SpeechInput {
  readonly kind: 'time' | 'memory';
  readonly seed: number;
  readonly size: EncoderSize;
  /** Which speech by length: 0 the shortest, 1 the longest. */
  readonly quantile: number;
  readonly pace: Pace;
  /** Whose memory; of 'memory' only, where each has a process of its own. */
  readonly encoder?: EncoderName;
}

export type HierarchyInput = BookInput | SpeechInput;

export interface ModelFigures {
  readonly parameters: number;
  readonly bits: number;
  readonly steps: number;
  /** Of all steps together. */
  readonly seconds: number;
  readonly stepSeconds: Estimate;
}

export interface BookFigures {
  readonly kind: 'book';
  readonly hourglass: ModelFigures;
  readonly plain: ModelFigures;
  /** The plain model's time for a step over the Hourglass's: above 1 the Hourglass makes more steps in the same time. */
  readonly speed: Ratio;
  readonly evaluatedBytes: number;
}

export interface Speech {
  /** Who gave it, and when. */
  readonly name: string;
  readonly words: number;
}

export interface TimeFigures {
  readonly kind: 'time';
  readonly speech: Speech;
  /** Base: HAT; head: Longformer. */
  readonly contest: Contest;
  readonly parameters: Readonly<Record<EncoderName, number>>;
}

export interface MemoryFigures {
  readonly kind: 'memory';
  readonly speech: Speech;
  readonly peakBytes: number;
}

export type HierarchyFigures = BookFigures | TimeFigures | MemoryFigures;
