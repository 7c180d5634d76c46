import { type Pass, passes } from '../../../attention/method.ts';
import type { Growth } from '../../../figures/growth.ts';
import { roundsToDecide } from '../../../figures/verdict.ts';
import type { LinePlot } from '../../../report/line-plot.ts';
import type { TitledTable } from '../../../report/table.ts';
import { bytes, count, duration, percent, withInterval } from '../../../report/wording.ts';
import type { Cell, SweepRow, SweepSummary } from './summary.ts';

const passTitles: Readonly<Record<Pass, string>> = { forward: 'Forward', 'forward+backward': 'Forward and backward' };

const timeOf = (cell: Cell): string => (cell.kind === 'done' ? withInterval(cell.seconds, duration) : cell.why);
const memoryOf = (cell: Cell): string => (cell.kind === 'done' ? withInterval(cell.peakBytes, bytes) : '–');

function ratioOf({ timeRatio, verdict }: SweepRow): string {
  if (timeRatio === undefined || verdict === undefined) return '–';
  const { ratio, low, high, rounds } = timeRatio;
  if (rounds < 2) return `${ratio.toFixed(2)}, ${verdict}: one round`;
  if (rounds < roundsToDecide) return `${ratio.toFixed(2)}, ${verdict}: ${rounds} rounds (${low.toFixed(2)} to ${high.toFixed(2)})`;
  return `${ratio.toFixed(2)}, ${verdict} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** One table for each pass with a line per length, and how time and memory grow with the length. */
export function sweepTables({ rows, growth }: SweepSummary): TitledTable[] {
  return [
    ...passes.map(
      (pass): TitledTable => ({
        title: passTitles[pass],
        note: 'Medians over fresh processes with 95 % bootstrap intervals; a ratio below 1 favours Longspan',
        isNumeric: true,
        head: ['tokens', 'dense tfjs: time', 'Longspan: time', 'ratio of times', 'dense: memory', 'Longspan: memory', 'blocks visited'],
        rows: rows
          .filter((row) => row.pass === pass)
          .map((row) => [
            count(row.n),
            timeOf(row.dense),
            timeOf(row.window),
            ratioOf(row),
            memoryOf(row.dense),
            memoryOf(row.window),
            row.window.kind === 'done' ? percent(row.window.visitedFraction) : '–',
          ]),
      }),
    ),
    {
      title: 'Growth',
      note: 'Least squares in log-log over all samples, with bootstrap intervals',
      head: ['', 'pass', 'time grows as', 'memory grows as'],
      rows: growth.map(({ contender, pass, time, memory }) => [
        contender === 'dense' ? 'dense tfjs' : 'Longspan',
        passTitles[pass].toLowerCase(),
        grownAs(time),
        grownAs(memory),
      ]),
    },
  ];
}

const grownAs = (growth: Growth | undefined): string =>
  growth === undefined
    ? 'too few lengths'
    : `n^${growth.exponent.toFixed(2)} over ${count(growth.from)} … ${count(growth.to)} (${growth.low.toFixed(2)} to ${growth.high.toFixed(2)})`;

/** Time and memory over the length, both axes logarithmic: a straight line's steepness is the growth exponent. */
export const sweepPlots = ({ rows }: SweepSummary): LinePlot[] =>
  passes.flatMap((pass) => {
    const own = rows.filter((row) => row.pass === pass);
    return [plotOf(own, pass, 'seconds'), plotOf(own, pass, 'peakBytes')];
  });

function plotOf(rows: readonly SweepRow[], pass: Pass, quantity: 'seconds' | 'peakBytes'): LinePlot {
  const unit = quantity === 'seconds' ? 'seconds' : 'bytes';
  const what = quantity === 'seconds' ? 'time' : 'peak memory';
  const dotsOf = (side: 'dense' | 'window') =>
    rows.flatMap(({ n, [side]: cell }) => {
      if (cell.kind !== 'done') return [];
      const { median, low, high } = cell[quantity];
      return [{ x: n, y: median, low: Math.max(low, median / 1000), high }]; // a log axis has no 0
    });
  const stopped = rows.find(({ dense }) => dense.kind === 'none');
  return {
    title: `${passTitles[pass]}: ${what} over length`,
    x: { label: 'tokens', scale: 'log', unit: 'tokens' },
    y: { label: what, scale: 'log', unit },
    lines: [
      { name: 'Longspan', dots: dotsOf('window') },
      { name: 'dense', isReference: true, dots: dotsOf('dense') },
    ],
    ...(stopped?.dense.kind === 'none' ? { end: { x: stopped.n, label: `dense: ${stopped.dense.why.split(':')[0]}` } } : {}),
  };
}
