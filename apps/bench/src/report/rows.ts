import type { Pass } from '../attention/method.ts';
import type { CheckLine } from '../experiments/book/check/check-task.ts';
import { isFailed } from '../experiments/book/headline.ts';
import type { Cell, GrowthRow, SweepRow } from '../experiments/book/sweep/sweep-summary.ts';
import type { Growth } from '../figures/growth.ts';
import { roundsToDecide } from '../figures/verdict.ts';
import { allowance, bytes, count, duration, error, percent, withInterval } from './wording.ts';

/** A table in words, for the terminal, markdown and HTML alike. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const passTitles: Readonly<Record<Pass, string>> = { forward: 'Forward', 'forward+backward': 'Forward and backward' };

const timeOf = (cell: Cell): string => (cell.kind === 'done' ? withInterval(cell.seconds, duration) : cell.why);
const memoryOf = (cell: Cell): string => (cell.kind === 'done' ? withInterval(cell.peakBytes, bytes) : '–');

function ratioOf({ timeRatio, verdict }: SweepRow): string {
  if (timeRatio === undefined || verdict === undefined) return '–';
  const { ratio, low, high, rounds } = timeRatio;
  if (rounds < 2) return `${ratio.toFixed(2)}, ${verdict}: one round`;
  if (rounds < roundsToDecide) return `${ratio.toFixed(2)}, ${verdict}: ${rounds} rounds (${low.toFixed(2)} to ${high.toFixed(2)})`;
  return `${ratio.toFixed(2)}, ${verdict} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** One line per length. */
export function sweepTable(rows: readonly SweepRow[], pass: Pass): TextTable {
  return {
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
        row.window.kind === 'done' ? percent(row.window.visitedShare) : '–',
      ]),
  };
}

/** Fitted exponents: how time and memory grow with the length. */
export function growthTable(rows: readonly GrowthRow[]): TextTable {
  const shown = (growth: Growth | undefined): string =>
    growth === undefined
      ? 'too few lengths'
      : `n^${growth.exponent.toFixed(2)} over ${count(growth.from)} … ${count(growth.to)} (${growth.low.toFixed(2)} to ${growth.high.toFixed(2)})`;
  return {
    head: ['', 'pass', 'time grows as', 'memory grows as'],
    rows: rows.map(({ contender, pass, time, memory }) => [
      contender === 'dense' ? 'dense tfjs' : 'Longspan',
      passTitles[pass].toLowerCase(),
      shown(time),
      shown(memory),
    ]),
  };
}

/** The checks of each package, in the order they were made. */
export const checksByPackage = (checks: readonly CheckLine[]): readonly (readonly [name: string, lines: readonly CheckLine[]])[] =>
  [...new Set(checks.map((line) => line.package))].map((name) => [name, checks.filter((line) => line.package === name)]);

/** One line per mechanism, with its largest error of each kind beside what is allowed. */
export function checkTable(checks: readonly CheckLine[]): TextTable {
  return {
    head: ['mechanism', 'held against', 'forward: largest error', 'allowed', 'backward: largest error', 'allowed', 'result'],
    rows: checks.map((line) => [
      line.mechanism,
      line.against,
      ...(['forward', 'backward'] as const).flatMap((name) => {
        const part = line.parts.find((each) => each.name === name);
        return part === undefined ? ['–', '–'] : [error(part.error), allowance(part.tolerance)];
      }),
      line.failure === undefined ? (isFailed(line) ? 'FAILED' : 'ok') : `FAILED: ${line.failure}`,
    ]),
  };
}
