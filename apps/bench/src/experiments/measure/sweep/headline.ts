import { bytes, count, duration, percent, timesLess } from '../../../report/wording.ts';
import type { SweepBudget } from './budget.ts';
import type { Cell, SweepRow, SweepSummary } from './summary.ts';

type Done = Extract<Cell, { kind: 'done' }>;
interface Pair {
  readonly row: SweepRow;
  readonly dense: Done;
  readonly window: Done;
}

/** Dense against ours: time, memory and how they grow, as far as the sweep has come. */
export function aboutSweep({ rows, growth }: SweepSummary, textName: string, { heads, headDim, left }: SweepBudget): string[] {
  const lines: string[] = [];
  const forward = rows.filter(({ pass }) => pass === 'forward');
  const setting = `causal attention over a window of ${count(left)}, ${heads} heads of ${headDim}`;
  const both = pairs(forward).at(-1);
  if (both !== undefined) {
    lines.push(
      `On the first ${count(both.row.n)} bytes of ${textName}, ${setting}: one forward pass takes stock tfjs (dense) ${compared(both)}.`,
    );
  }
  const training = pairs(rows.filter(({ pass }) => pass === 'forward+backward')).at(-1);
  if (training !== undefined) {
    lines.push(`Forward and backward over ${count(training.row.n)} bytes, dense takes ${compared(training)}.`);
  }
  const farthest = forward.findLast(({ window }) => window.kind === 'done');
  const denseStops = forward.find(({ dense, n }) => dense.kind === 'none' && n > (both?.row.n ?? 0));
  if (farthest?.window.kind === 'done' && denseStops?.dense.kind === 'none' && farthest.n >= denseStops.n) {
    const { seconds, peakBytes, visitedFraction } = farthest.window;
    lines.push(
      `At ${count(denseStops.n)} bytes dense ${ofDense(denseStops.dense.why)}; Longspan runs ${count(farthest.n)} in ${duration(seconds.median)} and ` +
        `${bytes(peakBytes.median)}, because it visits ${percent(visitedFraction)} of the blocks.`,
    );
  }
  const grown = growth
    .filter(({ pass, time }) => pass === 'forward' && time !== undefined)
    .map(({ contender, time }) =>
      time === undefined
        ? ''
        : `n^${time.exponent.toFixed(2)} for ${contender === 'dense' ? 'dense' : 'Longspan'} (${count(time.from)} to ${count(time.to)})`,
    );
  if (grown.length === 2) lines.push(`Time grows as ${grown.join(' and as ')}.`);
  return lines;
}

const ofDense = (why: string): string => (why.startsWith('failed') ? why : why.startsWith('over') ? `is ${why}` : `was ${why}`);

function pairs(rows: readonly SweepRow[]): Pair[] {
  return rows.flatMap((row) =>
    row.dense.kind === 'done' && row.window.kind === 'done' ? [{ row, dense: row.dense, window: row.window }] : [],
  );
}

function compared({ dense, window }: Pair): string {
  return (
    `${duration(dense.seconds.median)} and ${bytes(dense.peakBytes.median)}, Longspan ${duration(window.seconds.median)} and ` +
    `${bytes(window.peakBytes.median)}: ${timesLess({ ratio: window.seconds.median / dense.seconds.median })} time, ` +
    (Math.min(window.peakBytes.median, dense.peakBytes.median) > 0
      ? `${timesLess({ ratio: window.peakBytes.median / dense.peakBytes.median })} memory`
      : 'too short to compare memory')
  );
}
