import { bigBird, causal, type Mask, perHead, type RandomBlocks } from '../../mask/index.ts';
import { listedBlocks } from './listed-blocks.ts';

/** Pairs that are counted more than once: attention to them alone, as often as `count` says, is merged with the rest. */
export interface Repeats {
  readonly mask: Mask;
  readonly count: number;
}

export interface BigBirdPattern {
  readonly mask: Mask;
  readonly repeats: readonly Repeats[];
}

export interface PatternConfig {
  readonly blockSize: number;
  readonly blocks: number;
  /** [heads][blocks][…] */
  readonly randomBlocks: readonly RandomBlocks[];
  readonly countRepeats: boolean;
  readonly causal: boolean;
}

/** The first and the last block global, a block to either side, and the random ones. */
export function bigBirdPattern({ blockSize, blocks, randomBlocks, countRepeats, causal: isCausal }: PatternConfig): BigBirdPattern {
  const globalBlocks = [0, blocks - 1];
  const hidden = (mask: Mask): Mask => (isCausal ? mask.and(causal()) : mask);
  const repeats = countRepeats ? repeatsOf(randomBlocks, blocks) : [];
  return {
    mask: hidden(bigBird({ blockSize, windowBlocks: 1, globalBlocks, randomBlocks })),
    repeats: repeats.map(({ lists, count }) => ({
      count,
      mask: hidden(perHead(shared(lists).map((rows) => listedBlocks(blockSize, rows)))),
    })),
  };
}

/** How often each listed block is named besides the once that the mask counts, as lists of blocks with the same number. */
function repeatsOf(
  heads: readonly RandomBlocks[],
  blocks: number,
): readonly { readonly count: number; readonly lists: readonly RandomBlocks[] }[] {
  const isShown = (query: number, key: number): boolean => Math.abs(query - key) <= 1 || key === 0 || key === blocks - 1;
  const more = heads.map((rows) =>
    rows.map((row, query) => {
      const named = new Map<number, number>();
      for (const block of Array.from(row)) named.set(block, (named.get(block) ?? (isShown(query, block) ? 0 : -1)) + 1);
      return named;
    }),
  );
  const counts = new Set(more.flatMap((rows) => rows.flatMap((named) => [...named.values()].filter((count) => count > 0))));
  return [...counts].map((count) => ({
    count,
    lists: more.map((rows) => rows.map((named) => [...named].flatMap(([block, times]) => (times === count ? [block] : [])))),
  }));
}

/** One list where all heads have the same. */
const shared = (heads: readonly RandomBlocks[]): readonly RandomBlocks[] =>
  heads.every((rows) => JSON.stringify(rows) === JSON.stringify(heads[0])) ? heads.slice(0, 1) : heads;
