import type { AttentionSize } from '../../../attention/book-attention.ts';
import { type Method, type Pass, passes } from '../../../attention/method.ts';
import { interleaved } from '../../../figures/round.ts';
import { count } from '../../../report/wording.ts';
import type { Outcome, Point } from '../../../run/experiment.ts';
import type { Asked, Common } from '../asked.ts';
import type { Contender, SweepBudget } from './budget.ts';

export interface SweepInput extends AttentionSize, Common {
  readonly kind: 'sweep';
  readonly method: Method;
  readonly pass: Pass;
  /** Tokens to the left of the query that it attends to besides itself. */
  readonly left: number;
  /** A run that took longer than this is not repeated: its first time is the figure. */
  readonly repeatUnderSeconds: number;
}

/** One figure of each kind from one fresh process. */
export interface SweepFigures {
  readonly kind: 'sweep';
  readonly seconds: number;
  /** How many runs `seconds` is the median of; 1 is the very first run, which also builds the layout. */
  readonly runs: number;
  readonly firstSeconds: number;
  /** Resident bytes at the first run's peak, less those with only q, k, v in place. */
  readonly peakBytes: number;
  readonly heapBytes: number;
  /** The share of all blocks that were visited: 1 for dense. */
  readonly visitedFraction: number;
  /** Which kernel ran, and why. */
  readonly kernel: string;
  /** The worst error of the recomputed rows, or of the gradient's laws. */
  readonly error: number;
}

/** One contender, one pass and one length in one round: one process. */
export interface Turn {
  readonly contender: Contender;
  readonly pass: Pass;
  readonly n: number;
  readonly round: number;
}

/** A turn that was taken, or was not and why. */
export interface Sample extends Turn, Pick<Outcome<SweepFigures>, 'ending' | 'wallSeconds'> {}

const sideOf = (contender: Contender): Method => (contender === 'dense' ? 'dense' : 'window');

const isSame = (a: Turn, b: Turn): boolean => a.contender === b.contender && a.pass === b.pass && a.n === b.n;

const isHeadline = ({ pass, n }: Pick<Turn, 'pass' | 'n'>, { headlineLength }: SweepBudget): boolean =>
  pass === 'forward' && n === headlineLength;

/** All turns in their order: the headline's pair first, then every length forward, then every length forward and backward. */
export function turnsOf(budget: SweepBudget): readonly Turn[] {
  const { lengths, controlLength, rounds } = budget;
  const ordered = passes.flatMap((pass) =>
    lengths.flatMap((n): Omit<Turn, 'round'>[] => [
      { contender: 'dense', pass, n },
      { contender: 'window', pass, n },
      ...(pass === 'forward' && n === controlLength ? [{ contender: 'control', pass, n } as const] : []),
    ]),
  );
  const groups = [ordered.filter((point) => isHeadline(point, budget)), ordered.filter((point) => !isHeadline(point, budget))];
  return interleaved(groups, rounds).map(({ point, round }) => ({ ...point, round }));
}

export const turnName = ({ contender, pass, n, round }: Turn): string => `${contender}, ${pass}, ${count(n)} tokens, round ${round + 1}`;

/** The last turn of the first pair: with it there is something to say. */
export const firstPair = (budget: SweepBudget): string | undefined =>
  turnsOf(budget)
    .filter((turn) => turn.round === 0 && isHeadline(turn, budget))
    .map(turnName)
    .at(-1);

export const sweepPoints = ({ source, backend, seed }: Asked, budget: SweepBudget): readonly Point<SweepInput>[] =>
  turnsOf(budget).map((turn) => {
    const { contender, pass, n } = turn;
    const { heads, headDim, left, repeatUnderSeconds } = budget;
    const method = sideOf(contender);
    return {
      name: turnName(turn),
      part: 'sweep',
      input: { kind: 'sweep', method, pass, n, heads, headDim, left, repeatUnderSeconds, source, backend, seed },
      budgetSeconds: budget.seconds[method][pass],
      mayFail: true,
    };
  });

/**
 * Why a turn is not taken, given those before it; undefined where it is.
 * @param textBytes lengths beyond it are named, not tried
 */
export function whyNotTaken(turn: Turn, before: readonly Sample[], budget: SweepBudget, textBytes: number): string | undefined {
  const { n, pass, contender, round } = turn;
  const own = before.filter((sample) => isSame(sample, turn));
  const spent = before.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0);
  if (round > 0) {
    if (own.some(({ ending }) => ending.kind !== 'done')) return 'an earlier round says what there is to say';
    if (!isHeadline(turn, budget) && own.some(({ wallSeconds }) => wallSeconds > budget.onceOverSeconds)) {
      return `a process of more than ${budget.onceOverSeconds} s is run once`;
    }
    const isOver = spent + (own.at(-1)?.wallSeconds ?? 0) > budget.totalSeconds;
    return isOver ? `the ${budget.totalSeconds} s of the sweep are used up` : undefined;
  }

  if (n > textBytes) return `the text has only ${count(textBytes)} bytes`;
  const shorter = before.filter(
    (sample) => sample.contender === contender && sample.pass === pass && sample.n < n && sample.ending.kind !== 'not tried',
  );
  const stopped = shorter.find(({ ending }) => ending.kind !== 'done');
  if (stopped !== undefined) {
    return `${count(stopped.n)} tokens already ${stopped.ending.kind === 'over' ? 'went over the budget' : 'failed'}`;
  }
  const expected = expectedSeconds(turn, shorter);
  const left = budget.firstRoundSeconds - spent;
  if (left <= 0) return `the ${budget.firstRoundSeconds} s of this round were used up`;
  if (expected > left) {
    return `it would take about ${Math.ceil(expected)} s and this round has ${Math.floor(left)} s left of its ${budget.firstRoundSeconds} s`;
  }
  return undefined;
}

/** From the longest length measured so far: dense work grows as n², a window's as n. */
function expectedSeconds({ contender, n }: Turn, shorter: readonly Sample[]): number {
  const longest = shorter.toSorted((a, b) => a.n - b.n).at(-1);
  if (longest?.ending.kind !== 'done') return 0;
  const growth = (n / longest.n) ** (contender === 'dense' ? 2 : 1);
  const { firstSeconds, runs } = longest.ending.result;
  return Math.max(0, longest.wallSeconds - firstSeconds * runs) + firstSeconds * growth;
}
