import type { Ratio } from './pairs.ts';

export type Verdict = 'faster' | 'slower' | 'tie' | 'undecided';

/** Fewer rounds than this decide nothing: their interval is too short whatever happens. */
export const roundsToDecide = 3;

/**
 * Says what a ratio of head to base allows to say.
 * @param margin the smallest difference that may be claimed: 2 %, or what the same code showed against itself (A/A) where that is more
 */
export function verdict({ low, high, rounds }: Ratio, margin = 0.02): Verdict {
  if (rounds < roundsToDecide) return 'undecided';
  if (high < 1 - margin) return 'faster';
  if (low > 1 + margin) return 'slower';
  return low >= 1 - margin && high <= 1 + margin ? 'tie' : 'undecided';
}

/** The margin for `verdict` from the same code measured against itself. */
export function smallestClaim(same: Ratio | undefined, least = 0.02): number {
  return same === undefined ? least : Math.max(least, 1 - same.low, same.high - 1);
}
