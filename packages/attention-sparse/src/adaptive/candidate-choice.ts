import { ConfigError, isDenseArray, isFloat, show } from '@longspan/core-tensor/error';
import { type BlockLayout, blockCount } from '@longspan/core-tensor/layout';
import { requireMask } from '../mask/algebra/require-mask.ts';
import type { Mask } from '../mask/index.ts';

/** Float32 log-sum-exps of two layouts differ in their last digits: a mask that keeps everything must reach a recall of 1. */
const rounding = 2e-6;

/** What one candidate keeps of one head's attention, and what it costs. */
export interface CandidateRecall {
  readonly mask: Mask;
  /** Mean over the queries that attend to anything: the share of the softmax on the keys that the candidate keeps. */
  readonly recall: number;
  /** The share that the query which keeps the least keeps. */
  readonly lowest: number;
  /** Pairs of blocks that this head visits, over all batch rows. */
  readonly visitedBlocks: number;
  /** visitedBlocks over all pairs of blocks. */
  readonly visitedFraction: number;
}

export interface HeadChoice extends CandidateRecall {
  /** The index of the selected candidate. */
  readonly candidate: number;
  /** Whether it keeps the recall that was asked for. */
  readonly reached: boolean;
  /** Why it was selected, in words. */
  readonly reason: string;
  /** Every candidate on this head, in the order given. */
  readonly measured: readonly CandidateRecall[];
}

/** The cheapest that keeps enough, else the one that keeps the most; of equals the one that keeps more, is cheaper, was named first. */
export function choose(
  candidates: readonly Mask[],
  measured: readonly CandidateRecall[],
  { recall, all }: { readonly recall: number; readonly all: number },
): HeadChoice {
  const enough = measured.filter((one) => one.recall >= recall - rounding);
  const reached = enough.length > 0;
  const best = reached
    ? enough.reduce((one, other) => (before(other, one, ['visitedBlocks', 'recall']) ? other : one))
    : measured.reduce((one, other) => (before(other, one, ['recall', 'visitedBlocks']) ? other : one));
  const candidate = measured.indexOf(best);
  const name = (candidates[candidate] as Mask).name;
  const reason = reached
    ? `${name} keeps ${percent(best.recall)} of the mass, the fewest blocks (${best.visitedBlocks} of ${all}) that keep ${percent(recall)}`
    : `no candidate keeps ${percent(recall)} of the mass; ${name} keeps the most, ${percent(best.recall)} (${best.visitedBlocks} of ${all} blocks)`;
  return { ...best, candidate, reached, reason, measured };
}

function before(one: CandidateRecall, other: CandidateRecall, by: readonly ('recall' | 'visitedBlocks')[]): boolean {
  for (const what of by) {
    const difference = what === 'recall' ? other.recall - one.recall : one.visitedBlocks - other.visitedBlocks;
    if (Math.abs(difference) > (what === 'recall' ? rounding : 0)) return difference < 0;
  }
  return false;
}

/** Rounded down, so that a share that falls short never reads as the one that was asked for. */
const percent = (share: number): string => `${(Math.floor((share + rounding) * 1000) / 10).toFixed(1)} %`;

/** Pairs of blocks that one head visits, over all batch rows. */
export function blocksOfHead({ indptr, batch: rows, heads, queryLength, blockSize }: BlockLayout, head: number, batch: number): number {
  const lists = blockCount(queryLength, blockSize);
  let blocks = 0;
  for (let row = 0; row < rows; row++) {
    const first = (row * heads + (head % heads)) * lists;
    blocks += (indptr[first + lists] as number) - (indptr[first] as number);
  }
  return (blocks * batch) / rows; // one list that all rows share is visited once by each
}

export function requireRecall(caller: string, recall: number): void {
  if (isFloat(recall) && recall > 0 && recall <= 1) return;
  throw new ConfigError({
    caller,
    problem: 'recall must be in (0, 1].',
    expected: 'a number above 0, at most 1',
    got: show(recall),
    remedy: 'use 0.95 for patterns that keep 95 % of the mass.',
  });
}

export function requireCandidates(caller: string, candidates: readonly Mask[]): void {
  if (isDenseArray(candidates) && candidates.length > 0) return;
  throw new ConfigError({
    caller,
    problem: 'candidates must hold at least one mask.',
    expected: 'one candidate mask or more',
    got: show(candidates),
    remedy: 'give windows of several widths, and everything() where a head may need it.',
  });
}

/** Throws unless all are masks, shared or made for so many heads and batch rows. */
export function requireMade(
  caller: string,
  masks: readonly (readonly [name: string, mask: Mask])[],
  sizes: { readonly batch: number; readonly heads: number },
): void {
  for (const [name, mask] of masks) {
    requireMask(caller, name, mask);
    for (const axis of ['batch', 'heads'] as const) {
      if (mask[axis] === 1 || mask[axis] === sizes[axis]) continue;
      throw new ConfigError({
        caller,
        problem: `a mask must be made for this number of ${axis === 'heads' ? 'heads' : 'batch rows'}.`,
        expected: `1 (shared) or ${sizes[axis]} (set by q)`,
        got: `${mask[axis]} (${mask.name})`,
        remedy: 'give one mask for all, or one for each.',
      });
    }
  }
}
