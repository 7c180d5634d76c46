import type { SearchLevel } from '@longspan/models/documents';

/** Ways to find: both together, or one of them alone. */
export const ways = ['both', 'vectors', 'words'] as const;
export type Way = (typeof ways)[number];

export const searchLevels = ['section', 'paragraph', 'sentence'] as const satisfies readonly SearchLevel[];

/** Tokens of a window: as many as the graph that the encoder comes from reads. */
export const windowTokens = 128;

/** Passages that are marked for each way, of which the first few are listed. */
export const mostMarked = 40;
export const mostListed = 10;

export interface Passage {
  /** document.slice(start, end) */
  readonly start: number;
  readonly end: number;
  /** Its sentence that fits best. */
  readonly sentence: { readonly start: number; readonly end: number };
  readonly section: { readonly heading: string; readonly start: number; readonly end: number };
  readonly score: number;
  readonly cosine: number | undefined;
  readonly bm25: number | undefined;
}

export type Passages = Readonly<Record<Way, readonly Passage[]>>;

export interface Question {
  readonly question: string;
  readonly level: SearchLevel;
  /** The vectors' share of the fused score. */
  readonly weight: number;
}

/** So many of the texts that were read last are held. */
export const mostHeld = 3;

/** A text to be asked about. */
export interface AskedText {
  /** What workers know it by. */
  readonly key: string;
  /** Of a sample, whose index is kept for later visits; undefined for a person's own. */
  readonly sample: string | undefined;
  readonly language: string | undefined;
}

/** How a text was read. */
export interface Reading {
  readonly windows: number;
  readonly milliseconds: number;
  /** Whether an earlier visit has read it. */
  readonly isKept: boolean;
  /** What the model runs on. */
  readonly device: string;
}

export interface Found {
  readonly key: string;
  readonly question: Question;
  readonly passages: Passages;
  /** Units of the level that was searched. */
  readonly units: number;
  /** Where the sections begin, and the end of the last one, characters. */
  readonly sections: Int32Array;
  /** Undefined where words alone were asked: the model has not read the text yet. */
  readonly reading: Reading | undefined;
  /** What the search took, ms. */
  readonly milliseconds: number;
}

/** Which place, from 1, a passage has among others; undefined where it is not among them. */
export const rankIn = (passages: readonly Passage[], { start, end }: Passage): number | undefined => {
  const at = passages.findIndex((other) => other.start === start && other.end === end);
  return at < 0 ? undefined : at + 1;
};
