import { type Pass, passes } from '../../../attention/method.ts';
import { type Growth, growth } from '../../../figures/growth.ts';
import { type Estimate, estimate, pairedRatio, type Ratio } from '../../../figures/pairs.ts';
import { smallestClaim, type Verdict, verdict } from '../../../figures/verdict.ts';
import { inWords } from '../../../run/experiment.ts';
import type { Contender } from './budget.ts';
import type { Sample, SweepFigures } from './turns.ts';

/** What is known of one contender at one length. */
export type Cell =
  | {
      readonly kind: 'done';
      readonly seconds: Estimate;
      readonly peakBytes: Estimate;
      readonly heapBytes: number;
      readonly visitedFraction: number;
      readonly kernel: string;
    }
  | { readonly kind: 'none'; readonly why: string };

export interface SweepRow {
  readonly n: number;
  readonly pass: Pass;
  readonly dense: Cell;
  readonly window: Cell;
  /** Window over dense, where both have a figure. */
  readonly timeRatio?: Ratio;
  readonly verdict?: Verdict;
}

export interface GrowthRow {
  readonly contender: 'dense' | 'window';
  readonly pass: Pass;
  readonly time?: Growth;
  readonly memory?: Growth;
}

export interface SweepSummary {
  readonly rows: readonly SweepRow[];
  readonly growth: readonly GrowthRow[];
  /** Longspan against itself: its interval is the smallest difference that is claimed. */
  readonly control?: Ratio;
  readonly smallestClaim: number;
}

/** Medians, intervals, verdicts and growth of all samples; the same samples and random numbers give the same summary. */
export function summarise(samples: readonly Sample[], random: () => number): SweepSummary {
  const of = (contender: Contender, pass: Pass, n: number): Sample[] =>
    samples.filter((sample) => sample.contender === contender && sample.pass === pass && sample.n === n);
  const controlLength = samples.find(({ contender }) => contender === 'control')?.n ?? 0;
  const control = ratioOf(of('window', 'forward', controlLength), of('control', 'forward', controlLength), random);
  const margin = smallestClaim(control !== undefined && control.rounds > 1 ? control : undefined);

  const lengths = [...new Set(samples.map(({ n }) => n))].sort((a, b) => a - b);
  const rows = passes.flatMap((pass) =>
    lengths.map((n): SweepRow => {
      const dense = of('dense', pass, n);
      const window = of('window', pass, n);
      const timeRatio = ratioOf(dense, window, random);
      return {
        n,
        pass,
        dense: cellOf(dense, random),
        window: cellOf(window, random),
        ...(timeRatio === undefined ? {} : { timeRatio, verdict: verdict(timeRatio, margin) }),
      };
    }),
  );
  const growthRows = (['dense', 'window'] as const).flatMap((contender) =>
    passes.map((pass): GrowthRow => {
      const done = samples.filter((sample) => sample.contender === contender && sample.pass === pass).flatMap(figuresOf);
      const time = growth(
        done.map(({ n, figures }) => ({ n, value: figures.seconds })),
        random,
      );
      const memory = growth(
        done.map(({ n, figures }) => ({ n, value: figures.peakBytes })),
        random,
      );
      return { contender, pass, ...(time && { time }), ...(memory && { memory }) };
    }),
  );
  return { rows, growth: growthRows, ...(control && { control }), smallestClaim: margin };
}

interface Figured {
  readonly n: number;
  readonly round: number;
  readonly figures: SweepFigures;
}

function figuresOf({ n, round, ending }: Sample): Figured[] {
  return ending.kind === 'done' ? [{ n, round, figures: ending.result }] : [];
}

/** Head over base in the rounds that have both. */
function ratioOf(base: readonly Sample[], head: readonly Sample[], random: () => number): Ratio | undefined {
  const heads = head.flatMap(figuresOf);
  const rounds = base.flatMap(figuresOf).flatMap(({ round, figures }) => {
    const partner = heads.find((other) => other.round === round);
    return partner === undefined ? [] : [{ base: figures.seconds, head: partner.figures.seconds }];
  });
  return rounds.length === 0 ? undefined : pairedRatio(rounds, random);
}

function cellOf(samples: readonly Sample[], random: () => number): Cell {
  const figures = samples.flatMap(figuresOf).map((sample) => sample.figures);
  const [first] = figures;
  if (first === undefined) return { kind: 'none', why: inWords(samples[0]?.ending) };
  return {
    kind: 'done',
    seconds: estimate(
      figures.map(({ seconds }) => seconds),
      random,
    ),
    peakBytes: estimate(
      figures.map(({ peakBytes }) => peakBytes),
      random,
    ),
    heapBytes: Math.max(...figures.map(({ heapBytes }) => heapBytes)),
    visitedFraction: first.visitedFraction,
    kernel: first.kernel,
  };
}
