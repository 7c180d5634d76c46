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

/** Which place, from 1, a passage has among others; undefined where it is not among them. */
export const rankIn = (passages: readonly Passage[], { start, end }: Passage): number | undefined => {
  const at = passages.findIndex((other) => other.start === start && other.end === end);
  return at < 0 ? undefined : at + 1;
};
