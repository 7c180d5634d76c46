import { type Method, type Pass, passes } from '../../../attention/method.ts';
import { interleaved, type Turn } from '../../../figures/round.ts';
import type { Ending } from '../../../process/ending.ts';
import type { PointFigures } from './point-task.ts';
import type { Contender, SweepBudget } from './sweep-budget.ts';

export interface SweepPoint {
  readonly contender: Contender;
  readonly pass: Pass;
  readonly n: number;
}

/** What came of one turn: a figure, or why there is none. */
export type Outcome = Ending<PointFigures> | { readonly kind: 'not tried'; readonly because: string };

export interface Sample extends SweepPoint {
  readonly round: number;
  /** Seconds from the start of the process to its end. */
  readonly wallSeconds: number;
  readonly outcome: Outcome;
}

export const sideOf = (contender: Contender): Method => (contender === 'dense' ? 'dense' : 'window');

const same = (a: SweepPoint, b: SweepPoint): boolean => a.contender === b.contender && a.pass === b.pass && a.n === b.n;

/** The points of one round: the headline's pair; and the rest, every length forward, then every length forward and backward. */
export function sweepPoints({ lengths, headlineLength, againLength }: SweepBudget): readonly [headline: SweepPoint[], rest: SweepPoint[]] {
  const ordered = passes.flatMap((pass) =>
    lengths.flatMap((n): SweepPoint[] => [
      { contender: 'dense', pass, n },
      { contender: 'window', pass, n },
      ...(pass === 'forward' && n === againLength ? [{ contender: 'window again', pass, n } as const] : []),
    ]),
  );
  const isHeadline = ({ pass, n }: SweepPoint): boolean => pass === 'forward' && n === headlineLength;
  return [ordered.filter(isHeadline), ordered.filter((point) => !isHeadline(point))];
}

export interface SweepWork {
  readonly budget: SweepBudget;
  /** Bytes of the text: lengths beyond it are named, not tried. */
  readonly textBytes: number;
  /** Samples of an interrupted run; their turns are not taken again. */
  readonly earlier: readonly Sample[];
  measure(point: SweepPoint, budgetSeconds: number): Promise<Ending<PointFigures>>;
  /** Called after every turn with all samples so far. */
  onSample(sample: Sample, samples: readonly Sample[], turnsLeft: number): void;
}

/** Takes all turns in their order; nothing but `measure` takes time. */
export async function runSweep({ budget, textBytes, earlier, measure, onSample }: SweepWork): Promise<readonly Sample[]> {
  const samples = [...earlier];
  const turns = interleaved(sweepPoints(budget), budget.rounds);
  for (const [at, { round, point }] of turns.entries()) {
    if (samples.some((sample) => sample.round === round && same(sample, point))) continue;
    const because = whyNot(budget, textBytes, samples, { round, point });
    if (because === 'settled') continue;
    const start = performance.now();
    const outcome: Outcome =
      because === undefined ? await measure(point, budget.seconds[sideOf(point.contender)][point.pass]) : { kind: 'not tried', because };
    const sample: Sample = { ...point, round, wallSeconds: (performance.now() - start) / 1000, outcome };
    samples.push(sample);
    onSample(sample, samples, turns.length - at - 1);
  }
  return samples;
}

/** Why a turn is not taken: in words where it has no figure yet, 'settled' where it has what it will get, else nothing. */
function whyNot(
  budget: SweepBudget,
  textBytes: number,
  samples: readonly Sample[],
  { round, point }: Turn<SweepPoint>,
): string | undefined {
  const before = samples.filter((sample) => same(sample, point));
  if (before.some(({ outcome }) => outcome.kind !== 'done')) return 'settled';
  const isHeadline = point.pass === 'forward' && point.n === budget.headlineLength;
  if (!isHeadline && before.some(({ wallSeconds }) => wallSeconds > budget.onceOverSeconds)) return 'settled';
  const spent = samples.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0);
  if (round > 0) return spent + (before.at(-1)?.wallSeconds ?? 0) > budget.totalSeconds ? 'settled' : undefined;

  if (point.n > textBytes) return `the text has only ${textBytes.toLocaleString('en')} bytes`;
  const shorter = samples.filter(
    ({ contender, pass, n, outcome }) =>
      contender === point.contender && pass === point.pass && n < point.n && outcome.kind !== 'not tried',
  );
  const stopped = shorter.find(({ outcome }) => outcome.kind !== 'done');
  if (stopped !== undefined) {
    return `${stopped.n.toLocaleString('en')} tokens already ${stopped.outcome.kind === 'over' ? 'went over the budget' : 'failed'}`;
  }
  const expected = expectedSeconds(point, shorter);
  const left = budget.firstRoundSeconds - spent;
  if (left <= 0) return `the ${budget.firstRoundSeconds} s of this round were used up`;
  if (expected > left) {
    return `it would take about ${Math.ceil(expected)} s and this round has ${Math.floor(left)} s left of its ${budget.firstRoundSeconds} s`;
  }
  return undefined;
}

/** From the longest length measured so far: dense work grows as n², a window's as n. */
function expectedSeconds({ contender, n }: SweepPoint, shorter: readonly Sample[]): number {
  const longest = shorter.toSorted((a, b) => a.n - b.n).at(-1);
  if (longest?.outcome.kind !== 'done') return 0;
  const growth = (n / longest.n) ** (contender === 'dense' ? 2 : 1);
  const work = longest.outcome.result.firstSeconds;
  return Math.max(0, longest.wallSeconds - work * longest.outcome.result.runs) + work * growth;
}
