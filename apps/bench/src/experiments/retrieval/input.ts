import type { Scope } from './ranks.ts';

/** Which sentences ask: the same for every system. */
export interface ClozeInput {
  readonly seed: number;
  /** The first chapters of the book; all of them where it is not there. */
  readonly chapters?: number;
  readonly perChapter: number;
}

export interface WordsInput extends ClozeInput {
  readonly kind: 'words';
}

/** How paragraphs are read. */
export type Reading =
  | { readonly by: 'lone paragraphs'; readonly cut: number }
  | { readonly by: 'lone paragraphs in windows'; readonly length: number }
  | { readonly by: 'late chunking'; readonly length: number; readonly overlap: number }
  | { readonly by: 'toLong'; readonly length: number; readonly overlap: number; readonly window: number };

export interface VectorsInput extends ClozeInput {
  readonly kind: 'vectors';
  readonly model: 'MiniLM' | 'USE lite';
  readonly reading: Reading;
  /** The folder of the weights; Universal Sentence Encoder's comes with the bench. */
  readonly weights?: string;
}

export type RetrievalInput = WordsInput | VectorsInput;

/** 1 / rank of each query's paragraph, by what it is searched among. */
export type Ranks = Readonly<Record<Scope, readonly number[]>>;

export interface WordsFigures {
  readonly kind: 'words';
  readonly queries: number;
  readonly paragraphs: number;
  readonly chapters: number;
  readonly ranks: Ranks;
}

/** One way to make vectors of what was read. */
export interface Vectors {
  /** 'mean of tokens', or the model's own. */
  readonly name: string;
  readonly alone: Ranks;
  /** Fused with BM25 by the weights of `weights`, in that order. */
  readonly fused: readonly Ranks[];
}

export interface VectorsFigures {
  readonly kind: 'vectors';
  /** That were read of the book. */
  readonly tokens: number;
  /** Paragraphs of which tokens were cut off. */
  readonly cut: number;
  readonly vectors: readonly Vectors[];
}

export type RetrievalFigures = WordsFigures | VectorsFigures;

/** Shares of the vectors where they are fused with BM25. */
export const weights: readonly number[] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1];

/** What `search` takes where nobody says otherwise. */
export const defaultWeight = 0.8;
