import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { type Estimate, estimate, median, pairedRatio, type Ratio } from '../../figures/pairs.ts';
import { roundsToDecide } from '../../figures/verdict.ts';
import { duration, withInterval } from '../../report/wording.ts';
import type { Measured, Pace } from './input.ts';
import { inverse } from './target.ts';

/** One side of a comparison within one process. */
export interface Contender {
  readonly name: string;
  /** Seconds of a run that was checked; spares a long one another before the rounds. */
  readonly tried?: number;
  /** Makes this side's kernels the ones that run; before each of its turns, untimed. */
  takeOver(): Promise<void>;
  /** The work, once; the tensors that it gives are disposed after the clock has stopped. */
  run(): Tensor | readonly Tensor[] | undefined;
}

/** Seconds of one run, the median of each turn: one figure per contender and round. */
export type Rounds = readonly (readonly number[])[];

/** Times contenders that were checked before, turn by turn in alternating order, so that what slows the machine slows all. */
export async function takeTurns(
  contenders: readonly Contender[],
  { rounds, budgetSeconds, turnSeconds }: Pace,
  onRound: (done: number) => Promise<void>,
): Promise<Rounds> {
  const sides = [];
  for (const contender of contenders) {
    const seconds = await secondsOf(contender, turnSeconds);
    sides.push({ contender, runs: Math.max(1, Math.floor(turnSeconds / seconds)), first: seconds < 5 * turnSeconds ? 1 : 0, seconds });
  }
  const roundSeconds = sides.reduce((sum, { runs, first, seconds }) => sum + (runs + first) * seconds, 0);
  const count = Math.min(rounds, Math.max(roundsToDecide, Math.floor(budgetSeconds / roundSeconds)));
  const figures: number[][] = [];
  for (let round = 0; round < count; round++) {
    const taken = new Map<Contender, number>();
    for (const { contender, runs, first } of round % 2 === 0 ? sides : sides.toReversed()) {
      await contender.takeOver();
      // The first is not counted: caches, fresh memory and sleeping threads are another side's before it, or nobody's.
      const seconds = Array.from({ length: first + runs }, () => timed(contender));
      taken.set(contender, median(seconds.slice(first)));
    }
    figures.push(contenders.map((contender) => taken.get(contender) as number));
    await onRound((round + 1) / count);
  }
  return figures;
}

/** About how long a run takes. */
async function secondsOf(contender: Contender, turnSeconds: number): Promise<number> {
  const { tried, takeOver } = contender;
  if (tried !== undefined && tried > turnSeconds) return tried;
  await takeOver();
  const first = timed(contender); // may have been slow
  return first > turnSeconds ? first : timed(contender);
}

/** The seconds of each contender, round by round. */
export const columnsOf = (rounds: Rounds, contenders: number): number[][] =>
  Array.from({ length: contenders }, (_, at) => rounds.map((round) => round[at] as number));

/** How two contenders did, side by side. */
export interface Contest {
  readonly base: Estimate;
  readonly head: Estimate;
  /** The head's time over the base's: below 1 the head is faster. */
  readonly ratio: Ratio;
}

export async function contest(
  base: Contender,
  head: Contender,
  pace: Pace,
  random: () => number,
  onRound: (done: number) => Promise<void>,
): Promise<Contest> {
  const rounds = await takeTurns([base, head], pace, onRound);
  const [ofBase, ofHead] = columnsOf(rounds, 2) as [number[], number[]];
  return contestOf(ofBase, ofHead, random);
}

/** The same of seconds that were taken round by round. */
export const contestOf = (base: readonly number[], head: readonly number[], random: () => number): Contest => ({
  base: estimate(base, random),
  head: estimate(head, random),
  ratio: pairedRatio(
    base.map((seconds, round) => ({ base: seconds, head: head[round] as number })),
    random,
  ),
});

/** How many times faster the head is. */
export const timesFaster = ({ base, head, ratio }: Contest): Measured => ({ figure: inverse(ratio), ...inWords({ base, head }) });

/** How many times the base's time the head takes. */
export const timesAsLong = ({ base, head, ratio }: Contest): Measured => ({ figure: ratio, ...inWords({ base, head }) });

const inWords = ({ base, head }: Pick<Contest, 'base' | 'head'>): Pick<Measured, 'base' | 'head'> => ({
  base: withInterval(base, duration),
  head: withInterval(head, duration),
});

function timed({ run }: Contender): number {
  const start = performance.now();
  const results = run(); // tfjs's wasm kernels are synchronous: when they return, the numbers are there
  const seconds = (performance.now() - start) / 1000;
  if (Array.isArray(results)) dispose([...results]);
  else if (results !== undefined) dispose(results as Tensor);
  return seconds;
}
