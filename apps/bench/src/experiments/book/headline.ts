import { allowance, bytes, count, duration, error, percent, timesLess } from '../../report/wording.ts';
import type { CheckLine } from './check/check-task.ts';
import type { Results } from './results.ts';
import { type SweepBudget, sweepBudget } from './sweep/sweep-budget.ts';
import type { Cell, SweepRow, SweepSummary } from './sweep/sweep-summary.ts';

/** What was found so far, in plain words, most telling first. Empty before anything is known. */
export function headline({ text, options, checks, sweep, train }: Omit<Results, 'headline'>): string[] {
  return [
    ...(sweep === undefined ? [] : aboutSweep(sweep.summary, text.name, sweepBudget({ backend: options.backend, isQuick: options.quick }))),
    ...(checks === undefined ? [] : [aboutChecks(checks)]),
    ...(train?.kind === 'done'
      ? [
          `A byte-level model with causal window attention, trained for ${duration(train.figures.trainingSeconds)} on ${text.name}, needs ` +
            `${train.figures.heldOutBits.toFixed(2)} bits per character on held-out ${text.pieceName} ` +
            `(unigram ${train.baselines.unigram.toFixed(2)}, bigram ${train.baselines.bigram.toFixed(2)}, gzip ${train.baselines.gzip.toFixed(2)}).`,
        ]
      : []),
  ];
}

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
    const { seconds, peakBytes, visitedShare } = farthest.window;
    lines.push(
      `At ${count(denseStops.n)} bytes dense ${ofDense(denseStops.dense.why)}; Longspan runs ${count(farthest.n)} in ${duration(seconds.median)} and ` +
        `${bytes(peakBytes.median)}, because it visits ${percent(visitedShare)} of the blocks.`,
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

/** One sentence on all checks: the worst part against its own allowance. */
export function aboutChecks(checks: readonly CheckLine[]): string {
  const failed = checks.filter(isFailed);
  if (failed.length > 0) {
    return `${failed.length} of ${checks.length} mechanisms did NOT give the numbers of plain reference code: ${failed.map(({ mechanism }) => mechanism).join(', ')}.`;
  }
  const [worst] = checks.flatMap(({ mechanism, parts }) => parts.map((part) => ({ mechanism, ...part }))).sort((a, b) => b.share - a.share);
  const detail =
    worst === undefined
      ? ''
      : ` The worst: ${worst.name} of ${worst.mechanism}, off by ${error(worst.error)}, ${percent(worst.share)} of what is allowed ` +
        `(${allowance(worst.tolerance)}).`;
  const packages = new Set(checks.map((check) => check.package)).size;
  const of = packages === 1 ? '' : ` of ${packages} packages`;
  return `All ${checks.length} mechanisms${of} gave the numbers of plain reference code on this text, gradients included.${detail}`;
}

/** Whether a mechanism missed its tolerance or could not be run. */
export const isFailed = ({ failure, parts }: CheckLine): boolean => failure !== undefined || parts.some(({ share }) => !(share <= 1));
