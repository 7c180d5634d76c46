import type { ExperimentOptions } from '../../run/experiment.ts';
import type { Batch, EncoderSize } from './input.ts';

type Extent = Pick<ExperimentOptions, 'full'>;

/** What the works are measured over; without --full a small one of each, which shows that all runs and agrees. */
export interface Sizes {
  readonly longformer: EncoderSize;
  readonly window: number;
  /** Tokens of the Longformer as it is drawn, and of the one that toLong makes. */
  readonly lengths: readonly [own: number, long: number];
  readonly book: readonly number[];
  readonly slabLength: number;
  readonly reading: number;
  readonly encoder: EncoderSize;
  readonly batches: readonly [many: Batch, one: Batch];
  /** Rows of the products. */
  readonly products: number;
}

/** Tokens of Moby-Dick: its 1.2 million bytes at four a token. */
const wholeBook = 300_000;

const full: Sizes = {
  longformer: { layers: 12, width: 768, heads: 12, innerWidth: 3072, vocabulary: 50_265 },
  window: 512,
  lengths: [4096, 16_384],
  book: [wholeBook / 4, wholeBook / 2, wholeBook],
  slabLength: 32_768,
  reading: 100_000,
  encoder: { layers: 6, width: 384, heads: 12, innerWidth: 1536, vocabulary: 30_522 },
  batches: [
    { texts: 64, tokens: 256 },
    { texts: 1, tokens: 8192 },
  ],
  products: 4096,
};

const quick: Sizes = {
  longformer: { layers: 2, width: 256, heads: 4, innerWidth: 1024, vocabulary: 1000 },
  window: 128,
  lengths: [1024, 2048],
  book: [4096, 8192],
  slabLength: 2048,
  reading: 8192,
  encoder: { layers: 2, width: 128, heads: 4, innerWidth: 512, vocabulary: 1000 },
  batches: [
    { texts: 8, tokens: 64 },
    { texts: 1, tokens: 512 },
  ],
  products: 1024,
};

export const sizesOf = ({ full: isFull }: Extent): Sizes => (isFull ? full : quick);
