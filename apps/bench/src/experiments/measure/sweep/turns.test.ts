import { createKey } from '@longspan/core-tensor/key';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../figures/random-stream.ts';
import type { SweepBudget } from './budget.ts';
import { summarise } from './summary.ts';
import { type Sample, type SweepFigures, type Turn, turnsOf, whyNotTaken } from './turns.ts';

const budget: SweepBudget = {
  lengths: [256, 512, 1024],
  heads: 2,
  headDim: 8,
  left: 16,
  rounds: 3,
  seconds: { dense: { forward: 2, 'forward+backward': 3 }, window: { forward: 4, 'forward+backward': 5 } },
  repeatUnderSeconds: 0.1,
  onceOverSeconds: 100,
  firstRoundSeconds: 1000,
  totalSeconds: 1000,
  headlineLength: 512,
  controlLength: 256,
};

const figures = (seconds: number, peakBytes = 1e6): SweepFigures => ({
  kind: 'sweep',
  seconds,
  runs: 1,
  firstSeconds: seconds,
  peakBytes,
  heapBytes: 0,
  visitedFraction: 0.5,
  kernel: 'reference',
  error: 0,
});

type Ending = Sample['ending'];
const done = (seconds: number): Ending => ({ kind: 'done', result: figures(seconds) });
const name = ({ contender, pass, n }: Omit<Turn, 'round'>): string => `${contender} ${pass} ${n}`;

/** Takes all turns in order, each as long as its figure says. */
function sweep(
  measure: (turn: Turn, budgetSeconds: number) => Ending,
  change: Partial<SweepBudget> & { textBytes?: number; earlier?: readonly Sample[] } = {},
) {
  const { textBytes = 1e6, earlier = [], ...rest } = change;
  const whole = { ...budget, ...rest };
  const measured: string[] = [];
  const samples: Sample[] = [];
  for (const turn of turnsOf(whole)) {
    const before = earlier.find((sample) => name(sample) === name(turn) && sample.round === turn.round);
    const because = whyNotTaken(turn, samples, whole, textBytes);
    if (before === undefined && because === undefined) measured.push(name(turn));
    const side = turn.contender === 'dense' ? 'dense' : 'window';
    const ending = because === undefined ? measure(turn, whole.seconds[side][turn.pass]) : ({ kind: 'not tried', because } as const);
    samples.push(before ?? { ...turn, wallSeconds: because === undefined ? 0.001 : 0, ending });
  }
  const outcome = (what: string): Ending | undefined => samples.find((sample) => name(sample) === what)?.ending;
  return { samples, measured, outcome };
}

describe('the turns of a sweep', () => {
  it('measures the headline pair first, then every point once per round, every other round backwards', () => {
    const { measured } = sweep(() => done(0.01));
    const points = turnsOf({ ...budget, rounds: 1 }).map(name);
    const [headline, rest] = [points.slice(0, 2), points.slice(2)];
    expect(points.slice(0, 2)).toEqual(['dense forward 512', 'window forward 512']);
    expect(points.length).toBe(3 * 2 * 2 + 1);
    expect(measured).toEqual([...points, ...headline.toReversed(), ...headline, ...rest.toReversed(), ...rest]);
  });

  it('stops dense after its first length over the budget and says why the longer ones were not tried', () => {
    const { measured, outcome } = sweep(({ contender, n, pass }, seconds) =>
      contender === 'dense' && pass === 'forward' && n >= 512 ? { kind: 'over', budgetSeconds: seconds } : done(0.01),
    );
    expect(outcome('dense forward 512')).toEqual({ kind: 'over', budgetSeconds: 2 });
    expect(outcome('dense forward 1024')).toEqual({ kind: 'not tried', because: '512 tokens already went over the budget' });
    expect(measured.filter((point) => point === 'dense forward 512').length).toBe(1);
    expect(measured).not.toContain('dense forward 1024');
    expect(measured.filter((point) => point === 'dense forward+backward 1024').length).toBe(3);
  });

  it('names a failure by its own error and does not try again', () => {
    const { measured, outcome } = sweep(({ contender, n }) =>
      contender === 'window' && n === 1024 ? { kind: 'failed', error: 'RangeError: out of memory' } : done(0.01),
    );
    expect(outcome('window forward 1024')).toEqual({ kind: 'failed', error: 'RangeError: out of memory' });
    expect(measured.filter((point) => point === 'window forward 1024').length).toBe(1);
  });

  it('does not try lengths beyond the text', () => {
    const { measured, outcome } = sweep(() => done(0.01), { textBytes: 600 });
    expect(outcome('window forward 1024')).toEqual({ kind: 'not tried', because: 'the text has only 600 bytes' });
    expect(measured.some((point) => point.endsWith('1024'))).toBe(false);
  });

  it('does not begin what will not fit into the time for all, by its growth', () => {
    const { outcome } = sweep(({ contender, n }) => done(contender === 'dense' ? (n / 256) ** 2 : 0.001), {
      firstRoundSeconds: 10,
      rounds: 1,
    });
    expect(outcome('dense forward 512')?.kind).toBe('done');
    expect(outcome('dense forward 1024')).toEqual({
      kind: 'not tried',
      because: 'it would take about 16 s and this round has 9 s left of its 10 s',
    });
    expect(outcome('window forward 1024')?.kind).toBe('done');
  });

  it('takes no turn of an interrupted run again, and ends with the same samples', () => {
    const whole = sweep(({ n }) => done(n / 1e5));
    const rest = sweep(({ n }) => done(n / 1e5), { earlier: whole.samples.slice(0, 7) });
    expect(rest.measured).toEqual(whole.measured.slice(7));
    expect(rest.samples.map(name)).toEqual(whole.samples.map(name));
  });
});

describe('summarise', () => {
  const random = () => randomStream(createKey(3));

  it('gives medians over rounds, paired ratios, verdicts and growth', () => {
    let call = 0;
    const { samples } = sweep(({ contender, n }) => {
      const jitter = 1 + 0.001 * (call++ % 3);
      return done(jitter * (contender === 'dense' ? (n / 256) ** 2 : (0.5 * n) / 256));
    });
    const { rows, growth, control, smallestClaim } = summarise(samples, random());
    expect(rows.length).toBe(6);
    const longest = rows.find(({ n, pass }) => n === 1024 && pass === 'forward');
    expect(longest?.timeRatio?.ratio).toBeCloseTo(2 / 16, 2);
    expect(longest?.verdict).toBe('faster');
    expect(longest?.dense.kind === 'done' && longest.dense.seconds.rounds).toBe(3);
    expect(control?.ratio).toBeCloseTo(1, 2);
    expect(smallestClaim).toBe(0.02);
    const exponent = (contender: string) => growth.find((row) => row.contender === contender && row.pass === 'forward')?.time?.exponent;
    expect(exponent('dense')).toBeCloseTo(2, 2);
    expect(exponent('window')).toBeCloseTo(1, 2);
  });

  it('keeps the rows that were lost, with the reason', () => {
    const { samples } = sweep(({ contender }, seconds) => (contender === 'dense' ? { kind: 'over', budgetSeconds: seconds } : done(1)));
    const { rows, growth } = summarise(samples, random());
    expect(rows[0]?.dense).toEqual({ kind: 'none', why: 'over its 2 s budget' });
    expect(rows[2]?.dense).toEqual({ kind: 'none', why: 'not tried: 512 tokens already went over the budget' });
    expect(rows[0]?.timeRatio).toBeUndefined();
    expect(growth.find(({ contender }) => contender === 'dense')).toEqual({ contender: 'dense', pass: 'forward' });
  });
});
