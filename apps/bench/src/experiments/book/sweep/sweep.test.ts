import { createKey } from '@longspan/core-tensor/key';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../figures/random-stream.ts';
import type { Ending } from '../../../process/ending.ts';
import type { PointFigures } from './point-task.ts';
import { runSweep, type Sample, type SweepPoint, sweepPoints } from './sweep.ts';
import type { SweepBudget } from './sweep-budget.ts';
import { summarise } from './sweep-summary.ts';

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
  againLength: 256,
};

const figures = (seconds: number, peakBytes = 1e6): PointFigures => ({
  seconds,
  runs: 1,
  firstSeconds: seconds,
  peakBytes,
  heapBytes: 0,
  visitedShare: 0.5,
  kernel: 'reference',
  error: 0,
});

const done = (seconds: number): Ending<PointFigures> => ({ kind: 'done', result: figures(seconds) });
const name = ({ contender, pass, n }: SweepPoint): string => `${contender} ${pass} ${n}`;

async function sweep(
  measure: (point: SweepPoint, budgetSeconds: number) => Ending<PointFigures>,
  change: Partial<SweepBudget> & { textBytes?: number; earlier?: readonly Sample[] } = {},
) {
  const { textBytes = 1e6, earlier = [], ...rest } = change;
  const measured: string[] = [];
  const samples = await runSweep({
    budget: { ...budget, ...rest },
    textBytes,
    earlier,
    measure: async (point, seconds) => {
      measured.push(name(point));
      return measure(point, seconds);
    },
    onSample: () => {},
  });
  const outcome = (what: string): Sample['outcome'] | undefined => samples.find((sample) => name(sample) === what)?.outcome;
  return { samples, measured, outcome };
}

describe('runSweep', () => {
  it('measures the headline pair first, then every point once per round, every other round backwards', async () => {
    const { measured } = await sweep(() => done(0.01));
    const [headline, rest] = sweepPoints(budget).map((group) => group.map(name)) as [string[], string[]];
    const points = [...headline, ...rest];
    expect(points.slice(0, 2)).toEqual(['dense forward 512', 'window forward 512']);
    expect(points.length).toBe(3 * 2 * 2 + 1);
    expect(measured).toEqual([...points, ...headline.toReversed(), ...headline, ...rest.toReversed(), ...rest]);
  });

  it('stops dense after its first length over the budget and says why the longer ones were not tried', async () => {
    const { measured, outcome } = await sweep(({ contender, n, pass }, seconds) =>
      contender === 'dense' && pass === 'forward' && n >= 512 ? { kind: 'over', budgetSeconds: seconds } : done(0.01),
    );
    expect(outcome('dense forward 512')).toEqual({ kind: 'over', budgetSeconds: 2 });
    expect(outcome('dense forward 1024')).toEqual({ kind: 'not tried', because: '512 tokens already went over the budget' });
    expect(measured.filter((point) => point === 'dense forward 512').length).toBe(1);
    expect(measured).not.toContain('dense forward 1024');
    expect(measured.filter((point) => point === 'dense forward+backward 1024').length).toBe(3);
  });

  it('names a failure by its own error and does not try again', async () => {
    const { measured, outcome } = await sweep(({ contender, n }) =>
      contender === 'window' && n === 1024 ? { kind: 'failed', error: 'RangeError: out of memory' } : done(0.01),
    );
    expect(outcome('window forward 1024')).toEqual({ kind: 'failed', error: 'RangeError: out of memory' });
    expect(measured.filter((point) => point === 'window forward 1024').length).toBe(1);
  });

  it('does not try lengths beyond the text', async () => {
    const { measured, outcome } = await sweep(() => done(0.01), { textBytes: 600 });
    expect(outcome('window forward 1024')).toEqual({ kind: 'not tried', because: 'the text has only 600 bytes' });
    expect(measured.some((point) => point.endsWith('1024'))).toBe(false);
  });

  it('does not begin what will not fit into the time for all, by its growth', async () => {
    const { outcome } = await sweep(({ contender, n }) => done(contender === 'dense' ? (n / 256) ** 2 : 0.001), {
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

  it('takes no turn of an interrupted run again, and ends with the same samples', async () => {
    const whole = await sweep(({ n }) => done(n / 1e5));
    const rest = await sweep(({ n }) => done(n / 1e5), { earlier: whole.samples.slice(0, 7) });
    expect(rest.measured).toEqual(whole.measured.slice(7));
    expect(rest.samples.map(name)).toEqual(whole.samples.map(name));
  });
});

describe('summarise', () => {
  const random = () => randomStream(createKey(3));

  it('gives medians over rounds, paired ratios, verdicts and growth', async () => {
    let call = 0;
    const { samples } = await sweep(({ contender, n }) => {
      const jitter = 1 + 0.001 * (call++ % 3);
      return done(jitter * (contender === 'dense' ? (n / 256) ** 2 : (0.5 * n) / 256));
    });
    const { rows, growth, again, smallestClaim } = summarise(samples, random());
    expect(rows.length).toBe(6);
    const longest = rows.find(({ n, pass }) => n === 1024 && pass === 'forward');
    expect(longest?.timeRatio?.ratio).toBeCloseTo(2 / 16, 2);
    expect(longest?.verdict).toBe('faster');
    expect(longest?.dense.kind === 'done' && longest.dense.seconds.rounds).toBe(3);
    expect(again?.ratio).toBeCloseTo(1, 2);
    expect(smallestClaim).toBe(0.02);
    const exponent = (contender: string) => growth.find((row) => row.contender === contender && row.pass === 'forward')?.time?.exponent;
    expect(exponent('dense')).toBeCloseTo(2, 2);
    expect(exponent('window')).toBeCloseTo(1, 2);
  });

  it('keeps the rows that were lost, with the reason', async () => {
    const { samples } = await sweep(({ contender }, seconds) =>
      contender === 'dense' ? { kind: 'over', budgetSeconds: seconds } : done(1),
    );
    const { rows, growth } = summarise(samples, random());
    expect(rows[0]?.dense).toEqual({ kind: 'none', why: 'over its 2 s budget' });
    expect(rows[2]?.dense).toEqual({ kind: 'none', why: 'not tried: 512 tokens already went over the budget' });
    expect(rows[0]?.timeRatio).toBeUndefined();
    expect(growth.find(({ contender }) => contender === 'dense')).toEqual({ contender: 'dense', pass: 'forward' });
  });
});
