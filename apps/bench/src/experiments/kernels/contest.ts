import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { alternate, columnsOf, type Pace, type Rounds, type Timed } from '../../figures/alternate.ts';
import { type Estimate, estimate, pairedRatio, type Ratio } from '../../figures/pairs.ts';
import { duration, withInterval } from '../../report/wording.ts';
import type { Measured } from './input.ts';
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

/** Times contenders that were checked before, in turns. */
export const takeTurns = (contenders: readonly Contender[], pace: Pace, onRound: (done: number) => Promise<void>): Promise<Rounds> =>
  alternate(contenders.map(timedOf), pace, 5, onRound);

const timedOf = (contender: Contender): Timed => ({
  tried: contender.tried,
  times: async (runs) => {
    await contender.takeOver();
    return Array.from({ length: runs }, () => timed(contender));
  },
});

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
