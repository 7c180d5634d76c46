import { median } from '../../figures/pairs.ts';
import { roundsToDecide } from '../../figures/verdict.ts';
import type { Pace } from '../kernels/input.ts';

/** One side of a comparison, which may live in another process. */
export interface Timed {
  /** Runs the work that often, and gives the seconds of each run. */
  times(runs: number): Promise<readonly number[]>;
}

/** Seconds of one run, the median of each turn. */
export interface Round {
  readonly base: number;
  readonly head: number;
}

interface Turns {
  readonly side: keyof Round;
  readonly timed: Timed;
  readonly runs: number;
  /** Runs that are not counted: caches and sleeping threads are another side's before them. */
  readonly first: number;
  readonly seconds: number;
}

/** Times both sides turn by turn, every other round the other way round, so that what slows the machine slows both. */
export async function alternate(
  sides: { readonly [side in keyof Round]: Timed },
  { rounds, budgetSeconds, turnSeconds }: Pace,
  onRound: (done: number) => Promise<void>,
): Promise<readonly Round[]> {
  const turns: Turns[] = [];
  for (const side of ['base', 'head'] as const) {
    const timed = sides[side];
    let [seconds] = (await timed.times(1)) as [number];
    if (seconds < turnSeconds) [seconds] = (await timed.times(1)) as [number]; // the first may have been slow
    turns.push({ side, timed, seconds, runs: Math.max(1, Math.floor(turnSeconds / seconds)), first: seconds < turnSeconds ? 1 : 0 });
  }
  const roundSeconds = turns.reduce((sum, { runs, first, seconds }) => sum + (runs + first) * seconds, 0);
  const count = Math.min(rounds, Math.max(roundsToDecide, Math.floor(budgetSeconds / roundSeconds)));
  const figures: Round[] = [];
  for (let round = 0; round < count; round++) {
    const taken = { base: 0, head: 0 };
    for (const { side, timed, runs, first } of round % 2 === 0 ? turns : turns.toReversed()) {
      taken[side] = median((await timed.times(first + runs)).slice(first));
    }
    figures.push(taken);
    await onRound((round + 1) / count);
  }
  return figures;
}
