import * as Plot from '@observablehq/plot';
import type { Pass } from '../attention/method.ts';
import type { Baselines } from '../experiments/book/results.ts';
import type { Cell, SweepSummary } from '../experiments/book/sweep/sweep-summary.ts';
import type { TrainFigures } from '../experiments/book/train/train-task.ts';
import type { Estimate } from '../figures/pairs.ts';
import { draw } from './draw.ts';
import { bytes, count, duration } from './wording.ts';

/** Small, so that its letters can still be read on a telephone; with room for the labels at the lines' ends. */
const frame = { width: 480, height: 300, marginLeft: 60, marginRight: 84, marginTop: 28, marginBottom: 40 } as const;
const colours = { dense: 'var(--dense)', Longspan: 'var(--longspan)' } as const;

interface Dot {
  readonly n: number;
  readonly who: keyof typeof colours;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Time or memory over the length, both axes logarithmic: a straight line's steepness is the growth exponent. */
export function sweepPlot(summary: SweepSummary, pass: Pass, quantity: 'seconds' | 'peakBytes'): string {
  const unit = quantity === 'seconds' ? duration : bytes;
  const rows = summary.rows.filter((row) => row.pass === pass);
  const dots = rows.flatMap(({ n, dense, window }) => [...dotOf(n, 'dense', dense, quantity), ...dotOf(n, 'Longspan', window, quantity)]);
  if (dots.length === 0) return '';
  const ends = (['dense', 'Longspan'] as const).flatMap((who) => dots.filter((dot) => dot.who === who).slice(-1));
  const stopped = rows.find(({ dense }) => dense.kind === 'none');
  const what = quantity === 'seconds' ? 'time' : 'peak memory';
  return draw({
    ...frame,
    x: {
      type: 'log',
      base: 2,
      domain: [Math.min(...rows.map(({ n }) => n)), Math.max(...rows.map(({ n }) => n))],
      ticks: rows.map(({ n }) => n),
      tickFormat: (n: number) => (n >= 1024 ? `${n / 1024}k` : String(n)),
      label: 'tokens',
    },
    y: { type: 'log', grid: true, ticks: roundNumbers(dots), tickFormat: unit, label: what },
    ariaLabel: `${what} over the number of tokens`,
    ariaDescription: ends.map(({ who, n, median }) => `${who}: ${unit(median)} at ${count(n)} tokens`).join('; '),
    marks: [
      ...(stopped?.dense.kind === 'none'
        ? [
            Plot.ruleX([stopped.n], { stroke: colours.dense, strokeDasharray: '2,4' }),
            Plot.text([stopped], {
              x: 'n',
              frameAnchor: 'bottom',
              text: () => (stopped.dense.kind === 'none' ? `dense: ${stopped.dense.why.split(':')[0]}` : ''),
              textAnchor: 'start',
              dx: 6,
              dy: -6,
              fill: colours.dense,
            }),
          ]
        : []),
      Plot.lineY(dots, { x: 'n', y: 'median', z: 'who', stroke: ({ who }: Dot) => colours[who], strokeWidth: 2 }),
      Plot.ruleX(dots, { x: 'n', y1: 'low', y2: 'high', stroke: ({ who }: Dot) => colours[who], strokeWidth: 5, strokeOpacity: 0.35 }),
      Plot.dot(dots, {
        x: 'n',
        y: 'median',
        r: 4,
        fill: ({ who }: Dot) => colours[who],
        symbol: ({ who }: Dot) => (who === 'dense' ? 'square' : 'circle'),
        title: ({ who, n, median }: Dot) => `${who}, ${count(n)} tokens: ${unit(median)}`,
      }),
      Plot.text(ends, {
        x: 'n',
        y: 'median',
        text: ({ who, median }: Dot) => `${who}\n${unit(median)}`,
        fill: ({ who }: Dot) => colours[who],
        textAnchor: 'start',
        dx: 9,
        fontWeight: 600,
      }),
    ],
  });
}

/** 1, 2 and 5 times the powers of ten that the dots span; the powers alone where they span many. */
function roundNumbers(dots: readonly Dot[]): number[] {
  const [least, most] = [Math.min(...dots.map(({ low }) => low)), Math.max(...dots.map(({ high }) => high))];
  const powers = Array.from({ length: 25 }, (_, index) => 10 ** (index - 9));
  const steps = most / least > 2000 ? [1] : most / least > 100 ? [1, 3] : [1, 2, 5];
  return powers.flatMap((power) => steps.map((step) => step * power)).filter((tick) => tick >= least && tick <= most);
}

function dotOf(n: number, who: Dot['who'], cell: Cell, quantity: 'seconds' | 'peakBytes'): Dot[] {
  if (cell.kind !== 'done') return [];
  const { median, low, high }: Estimate = cell[quantity];
  return median > 0 ? [{ n, who, median, low: Math.max(low, median / 1000), high }] : []; // a log axis has no 0
}

/** Bits per character of the training batches, with the baselines and the held-out result as levels. */
export function trainPlot({ curve, heldOutBits, trainingSeconds }: TrainFigures, baselines: Baselines): string {
  const levels = [
    { name: 'unigram', bits: baselines.unigram, fill: 'var(--muted)' },
    { name: 'bigram', bits: baselines.bigram, fill: 'var(--muted)' },
    { name: 'gzip', bits: baselines.gzip, fill: 'var(--muted)' },
    { name: 'model, held out', bits: heldOutBits, fill: colours.Longspan },
  ];
  const placed = spread(levels);
  return draw({
    ...frame,
    width: 620,
    marginRight: 150,
    x: { label: 'seconds of training', domain: [0, Math.max(trainingSeconds, 1)] },
    y: { label: 'bits per character', grid: true, domain: [Math.floor(Math.min(...levels.map(({ bits }) => bits))), 8] },
    ariaLabel: 'bits per character over the training time',
    ariaDescription: levels.map(({ name, bits }) => `${name}: ${bits.toFixed(2)}`).join('; '),
    marks: [
      Plot.ruleY(levels, { y: 'bits', stroke: 'fill', strokeDasharray: '4,3' }),
      Plot.lineY(
        curve.filter(({ bits }) => bits <= 8),
        { x: 'seconds', y: 'bits', stroke: colours.Longspan, strokeWidth: 2 },
      ),
      Plot.text(placed, {
        y: 'at',
        frameAnchor: 'right',
        textAnchor: 'start',
        dx: 6,
        text: ({ name, bits }: (typeof placed)[number]) => `${name} ${bits.toFixed(2)}`,
        fill: 'fill',
        fontWeight: 600,
      }),
    ],
  });
}

/** Labels at least a line's height apart, in their order. */
function spread<Level extends { readonly bits: number }>(levels: readonly Level[], gap = 0.3): (Level & { at: number })[] {
  let last = Number.NEGATIVE_INFINITY;
  return levels
    .toSorted((a, b) => a.bits - b.bits)
    .map((level) => {
      last = Math.max(level.bits, last + gap);
      return { ...level, at: last };
    });
}
