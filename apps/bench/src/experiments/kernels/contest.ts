import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { type Estimate, estimate, median, pairedRatio, type Ratio } from '../../pairs.ts';
import { roundsToDecide } from '../../verdict.ts';
import { duration, withInterval } from '../../wording.ts';
import type { Measured, Pace } from './input.ts';
import { inverse } from './target.ts';

/** One side of a comparison within one process. */
export interface Contender {
  readonly name: string;
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
    await contender.takeOver();
    const first = timed(contender); // warms up
    const seconds = first > turnSeconds ? first : timed(contender);
    sides.push({ contender, runs: Math.max(1, Math.floor(turnSeconds / seconds)), seconds });
  }
  const roundSeconds = sides.reduce((sum, { runs, seconds }) => sum + runs * seconds, 0);
  const count = Math.min(rounds, Math.max(roundsToDecide, Math.floor(budgetSeconds / roundSeconds)));
  const figures: number[][] = [];
  for (let round = 0; round < count; round++) {
    const taken = new Map<Contender, number>();
    for (const { contender, runs } of round % 2 === 0 ? sides : sides.toReversed()) {
      await contender.takeOver();
      taken.set(contender, median(Array.from({ length: runs }, () => timed(contender))));
    }
    figures.push(contenders.map((contender) => taken.get(contender) as number));
    await onRound((round + 1) / count);
  }
  return figures;
}

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
  const pairs = rounds.map(([forBase, forHead]) => ({ base: forBase as number, head: forHead as number }));
  return {
    base: estimate(
      pairs.map((pair) => pair.base),
      random,
    ),
    head: estimate(
      pairs.map((pair) => pair.head),
      random,
    ),
    ratio: pairedRatio(pairs, random),
  };
}

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
