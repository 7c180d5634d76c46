import { presetIds } from './preset-racers.ts';

/** What the racers run on: sizes of one call. */
export interface RaceSizes {
  /** Tokens. */
  readonly length: number;
  readonly heads: number;
  readonly headDim: number;
  /** Whether no token attends to a later one. */
  readonly causal: boolean;
}

export type RacerGroup = 'Full attention' | 'A pattern known beforehand' | 'What the data choose' | 'Memory' | 'Presets of Pattern';

export interface Racer {
  readonly id: RacerId;
  readonly title: string;
  /** For a narrow plot. */
  readonly short: string;
  readonly group: RacerGroup;
  /** What it computes, with its sizes. */
  readonly says: string;
  /** What it should grow with. */
  readonly growth: string;
  readonly source: { readonly title: string; readonly href: string };
  /** Of those that are a mask: the expression that makes it. */
  readonly mask?: ((sizes: MaskSizes) => string) | undefined;
  /** Of the others: what a script imports, and how it makes a function of queries, keys and values. */
  readonly script?: ((sizes: Pick<RaceSizes, 'causal'>) => RacerScript) | undefined;
}

/** What an expression is made with: numbers of one length, or what a script computes from its `n`. */
export interface MaskSizes {
  readonly causal: boolean;
  /** About √n, a power of two. */
  readonly root: string;
  /** Blocks of 64. */
  readonly blocks: string;
  /** Random blocks for each: short sequences have no three to choose from. */
  readonly random: string;
}

export interface RacerScript {
  readonly imports: readonly (readonly [from: string, name: string])[];
  /** The body of a function of `{ n, q }`; it returns a function of (q, k, v). */
  readonly body: readonly string[];
}

export const racerIds = [
  'full',
  'table',
  'window',
  'longformer',
  'bigbird',
  'strided',
  'own',
  'local',
  'lsh',
  'moba',
  'nsa',
  'blocks',
  'topk',
  'routing',
  'memory',
  ...presetIds.map((id) => `pattern-${id}` as const),
] as const;
export type RacerId = (typeof racerIds)[number];

/** A paper of arXiv. */
export const paper = (title: string, number: string) => ({ title, href: `https://arxiv.org/abs/${number}` });
