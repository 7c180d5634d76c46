import type { Tolerance } from '../../../figures/closeness.ts';
import type { TitledTable } from '../../../report/table.ts';
import { terminalTable } from '../../../report/terminal-table.ts';
import { allowance, error, percent } from '../../../report/wording.ts';
import type { Point } from '../../../run/experiment.ts';
import type { Asked, Common } from '../asked.ts';

export interface CheckInput extends Common {
  readonly kind: 'check';
}

/** The largest error, and the largest as a share of what is allowed at that element; above 1 is a miss. */
export interface CheckPart {
  readonly name: 'forward' | 'backward';
  readonly error: number;
  readonly share: number;
  readonly tolerance: Tolerance;
}

/** How far one mechanism was off. */
export interface CheckLine {
  /** Which package it is of. */
  readonly package: string;
  readonly mechanism: string;
  readonly against: string;
  /** Forward and backward. */
  readonly parts: readonly CheckPart[];
  /** Why it could not be compared at all. */
  readonly failure?: string;
}

export interface CheckFigures {
  readonly kind: 'check';
  readonly lines: readonly CheckLine[];
}

export const checkPoint = 'checks';

/** All mechanisms in one process. */
export const checkPoints = ({ source, backend, seed }: Asked): readonly Point<CheckInput>[] => [
  { name: checkPoint, part: 'checks', weight: 15, input: { kind: 'check', source, backend, seed } },
];

/** Whether a mechanism missed its tolerance or could not be run. */
export const isFailed = ({ failure, parts }: CheckLine): boolean => failure !== undefined || parts.some(({ share }) => !(share <= 1));

/** The checks of each package, in the order they were made: one line per mechanism, its largest errors beside what is allowed. */
export function checkTables(lines: readonly CheckLine[]): TitledTable[] {
  return [...new Set(lines.map((line) => line.package))].map((name) => {
    const own = lines.filter((line) => line.package === name);
    return {
      title: `Checks against plain reference code: ${name}`,
      note: `${own.length} of ${name}, on text from the start and the middle of this run’s file, before anything was timed`,
      ...checkTable(own),
    };
  });
}

function checkTable(lines: readonly CheckLine[]): Pick<TitledTable, 'head' | 'rows'> {
  return {
    head: ['mechanism', 'compared with', 'forward: largest error', 'allowed', 'backward: largest error', 'allowed', 'result'],
    rows: lines.map((line) => [
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

/** One sentence on all checks: the worst part against its own allowance. */
export function aboutChecks(lines: readonly CheckLine[]): string {
  const failed = lines.filter(isFailed);
  if (failed.length > 0) {
    return `${failed.length} of ${lines.length} mechanisms did NOT give the numbers of plain reference code: ${failed.map(({ mechanism }) => mechanism).join(', ')}.`;
  }
  const [worst] = lines.flatMap(({ mechanism, parts }) => parts.map((part) => ({ mechanism, ...part }))).sort((a, b) => b.share - a.share);
  const detail =
    worst === undefined
      ? ''
      : ` The worst: ${worst.name} of ${worst.mechanism}, off by ${error(worst.error)}, ${percent(worst.share)} of what is allowed ` +
        `(${allowance(worst.tolerance)}).`;
  const packages = new Set(lines.map((line) => line.package)).size;
  const of = packages === 1 ? '' : ` of ${packages} packages`;
  return `All ${lines.length} mechanisms${of} gave the numbers of plain reference code on this text, gradients included.${detail}`;
}

/** What is said as soon as the checks are made. */
export function checkNews(lines: readonly CheckLine[]): string[] {
  const failed = lines.filter(isFailed);
  return [aboutChecks(lines), ...(failed.length === 0 ? [] : [`${terminalTable(checkTable(failed))}\nNothing is timed on wrong numbers.`])];
}
