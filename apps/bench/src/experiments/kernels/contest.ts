import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { type Estimate, estimate, median, pairedRatio, type Ratio } from '../../pairs.ts';

/** One side of a comparison within one process. */
export interface Contender {
  readonly name: string;
  /** Makes this side's kernels the ones that run; before each of its turns, untimed. */
  takeOver(): Promise<void>;
  /** The work, once. */
  run(): Tensor | readonly Tensor[];
}

export interface ContestOptions {
  /** Both sides have one turn per round, in alternating order. */
  readonly rounds: number;
  /** About how long a turn takes; one run at least. */
  readonly turnSeconds: number;
  readonly random: () => number;
}

/** How two contenders did, side by side. */
export interface Contest {
  readonly base: Side;
  readonly head: Side;
  /** The head's time over the base's: below 1 the head is faster. */
  readonly ratio: Ratio;
}

export interface Side {
  readonly name: string;
  /** Seconds of one run: the median of each turn, over the turns. */
  readonly seconds: Estimate;
  readonly runsPerTurn: number;
}

/** Times two contenders that were checked before, turn by turn, so that what slows the machine slows both. */
export async function contest(base: Contender, head: Contender, { rounds, turnSeconds, random }: ContestOptions): Promise<Contest> {
  const sides = [base, head].map((contender) => ({ contender, runs: 1, times: [] as number[] }));
  for (const side of sides) {
    await side.contender.takeOver();
    timed(side.contender.run); // warms up
    side.runs = Math.max(1, Math.floor(turnSeconds / timed(side.contender.run)));
  }
  for (let round = 0; round < rounds; round++) {
    for (const { contender, runs, times } of round % 2 === 0 ? sides : sides.toReversed()) {
      await contender.takeOver();
      times.push(median(Array.from({ length: runs }, () => timed(contender.run))));
    }
  }
  const [forBase, forHead] = sides as [(typeof sides)[number], (typeof sides)[number]];
  const pairs = forBase.times.map((seconds, round) => ({ base: seconds, head: forHead.times[round] as number }));
  const sideOf = ({ contender, times, runs }: (typeof sides)[number]): Side => ({
    name: contender.name,
    seconds: estimate(times, random),
    runsPerTurn: runs,
  });
  return { base: sideOf(forBase), head: sideOf(forHead), ratio: pairedRatio(pairs, random) };
}

/** Seconds of one run; its results go. */
function timed(run: Contender['run']): number {
  const start = performance.now();
  const results = run(); // tfjs's wasm kernels are synchronous: when they return, the numbers are there
  const seconds = (performance.now() - start) / 1000;
  dispose(Array.isArray(results) ? results : [results as Tensor]);
  return seconds;
}
