import { median } from './pairs.ts';
import { roundsToDecide } from './verdict.ts';

/** How long the sides of a comparison take turns. */
export interface Pace {
  /** Rounds at most; fewer where they would take longer than the budget, but never fewer than decide. */
  readonly rounds: number;
  readonly budgetSeconds: number;
  /** About how long one turn takes; one run at least. */
  readonly turnSeconds: number;
}

/** One side of a comparison, which may live in another process. */
export interface Timed {
  /** Runs the work that often, and gives the seconds of each run. */
  times(runs: number): Promise<readonly number[]>;
  /** Seconds of a run that was checked; spares a long one another before the rounds. */
  readonly tried?: number | undefined;
}

/** Seconds of one run, the median of each turn: one figure per side and round. */
export type Rounds = readonly (readonly number[])[];

/**
 * Times the sides turn by turn, every other round the other way round, so that what slows the machine slows all.
 * @param coldTurns runs of up to so many turns are preceded by one that is not counted: caches, fresh memory and sleeping threads are
 * another side's before it, or nobody's
 */
export async function alternate(
  sides: readonly Timed[],
  { rounds, budgetSeconds, turnSeconds }: Pace,
  coldTurns: number,
  onRound: (done: number) => Promise<void>,
): Promise<Rounds> {
  const turns = [];
  for (const side of sides) {
    const seconds = await secondsOf(side, turnSeconds);
    turns.push({ side, seconds, runs: Math.max(1, Math.floor(turnSeconds / seconds)), first: seconds < coldTurns * turnSeconds ? 1 : 0 });
  }
  const roundSeconds = turns.reduce((sum, { runs, first, seconds }) => sum + (runs + first) * seconds, 0);
  const count = Math.min(rounds, Math.max(roundsToDecide, Math.floor(budgetSeconds / roundSeconds)));
  const figures: number[][] = [];
  for (let round = 0; round < count; round++) {
    const taken = new Map<Timed, number>();
    for (const { side, runs, first } of round % 2 === 0 ? turns : turns.toReversed()) {
      taken.set(side, median((await side.times(first + runs)).slice(first)));
    }
    figures.push(sides.map((side) => taken.get(side) as number));
    await onRound((round + 1) / count);
  }
  return figures;
}

/** About how long a run takes; the first may have been slow. */
async function secondsOf({ tried, times }: Timed, turnSeconds: number): Promise<number> {
  if (tried !== undefined && tried > turnSeconds) return tried;
  const [first] = (await times(1)) as [number];
  return first >= turnSeconds ? first : ((await times(1)) as [number])[0];
}

/** The seconds of each side, round by round. */
export const columnsOf = (rounds: Rounds, sides: number): number[][] =>
  Array.from({ length: sides }, (_, at) => rounds.map((round) => round[at] as number));
