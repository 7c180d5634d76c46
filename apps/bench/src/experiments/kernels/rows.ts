import { count, duration, withInterval } from '../../wording.ts';
import { type Findings, figuresOf, type TitledTable, whyNot } from '../experiment.ts';
import type { Contest } from './contest.ts';
import { inverse, judge, type Target } from './target.ts';

interface Row {
  readonly point: string;
  readonly target: Target;
}

const atLeast = (value: number): Target => ({ bound: 'at least', value });

const rows: readonly Row[] = [
  { point: 'matMul 1024 x 768 x 768', target: atLeast(1.2) },
  { point: 'matMul 1024 x 768 x 768, b transposed', target: atLeast(10) },
  { point: 'matMul 1024 x 768 x 768, a transposed', target: atLeast(10) },
  { point: 'matMul 1024 x 768 x 768, both transposed', target: atLeast(10) },
  { point: 'matMul 12 x [512 x 64 x 512]', target: atLeast(15) },
];

/** One line per row of the table of targets. */
export function rowTable(findings: Findings<Contest>): TitledTable {
  return {
    title: 'Kernels',
    note: 'Both sides in one process, in turns of alternating order; medians with 95 % bootstrap intervals of the paired ratios.',
    head: ['work', 'must be', 'measured', 'result', 'tfjs-wasm', 'Longspan'],
    rows: rows.map(({ point, target }) => {
      const found = figuresOf(findings, point);
      const must = `${target.bound} ${target.value}x`;
      if (found === undefined) return [point, must, whyNot(findings, point), '–', '–', '–'];
      const ratio = inverse(found.ratio);
      const measured = `${times(ratio.ratio)} (${times(ratio.low)} to ${times(ratio.high)})`;
      const [base, head] = [found.base, found.head].map(({ seconds }) => withInterval(seconds, duration));
      return [point, must, measured, judge(ratio, target), base as string, head as string];
    }),
  };
}

export function kernelHeadline(findings: Findings<Contest>): string[] {
  const judged = rows.flatMap(({ point, target }) => {
    const found = figuresOf(findings, point);
    return found === undefined ? [] : [{ point, judgement: judge(inverse(found.ratio), target) }];
  });
  if (judged.length === 0) return [];
  const missed = judged.filter(({ judgement }) => judgement !== 'met').map(({ point, judgement }) => `${point} (${judgement})`);
  return [
    `${count(judged.length - missed.length)} of ${rows.length} targets are met${missed.length === 0 ? '' : `; not: ${missed.join(', ')}`}.`,
  ];
}

const times = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)}x`;
