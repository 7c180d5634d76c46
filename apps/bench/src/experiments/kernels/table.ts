import { createKey } from '@longspan/core-tensor/key';
import { randomStream } from '../../random-stream.ts';
import { count } from '../../wording.ts';
import type { Findings, TitledTable } from '../experiment.ts';
import type { KernelFigures } from './input.ts';
import { rowsOf, written } from './rows.ts';
import { type Judgement, judge } from './target.ts';

interface Judged {
  readonly work: string;
  readonly judgement: Judgement | undefined;
  readonly cells: readonly string[];
  readonly detail?: string;
}

function judged(findings: Findings<KernelFigures>): Judged[] {
  const random = randomStream(createKey(findings.options.seed).fold('rows'));
  return rowsOf(findings.options).map(({ work, target, unit, measured }): Judged => {
    const must = target === undefined ? '–' : `${target.bound} ${unit === 'share' ? target.value : `${target.value}x`}`;
    const got = measured(findings, random);
    if (typeof got === 'string') return { work, judgement: undefined, cells: [work, must, '–', got, '–', '–'] };
    const { figure, base, head, detail } = got;
    const [ratio, low, high] = [figure.ratio, figure.low, figure.high].map((value) => written(value, unit));
    const judgement = target === undefined ? undefined : judge(figure, target);
    const result = target === undefined ? 'for comparison' : (judgement as string);
    return {
      work,
      judgement,
      cells: [work, must, `${ratio} (${low} to ${high})`, result, base, head],
      ...(detail === undefined ? {} : { detail }),
    };
  });
}

/** One line per row of the table of targets. */
export function kernelTable(findings: Findings<KernelFigures>): TitledTable {
  const rows = judged(findings);
  const details = [...new Set(rows.flatMap(({ work, detail }) => (detail === undefined ? [] : [`${work}: ${detail}.`])))];
  const builds = [...new Set(findings.outcomes.flatMap(({ ending }) => (ending.kind === 'done' ? [ending.result.instructions] : [])))];
  return {
    title: 'Kernels',
    note: [
      `One head of 64, a causal window of 512 keys with the query's own, block 64, float32, one thread, where the row does not say otherwise.`,
      `Both sides were checked first and took turns in one process (stock kernels by unregister() in between); medians, 95 % bootstrap intervals.`,
      ...(builds.length === 0 ? [] : [`Our build: ${builds.join(', ')}.`]),
      ...details,
    ].join(' '),
    head: ['work', 'must be', 'measured', 'result', 'held against', 'Longspan'],
    rows: rows.map(({ cells }) => cells),
  };
}

export function kernelHeadline(findings: Findings<KernelFigures>): string[] {
  if (findings.outcomes.length === 0) return [];
  const rows = judged(findings).filter(({ cells }) => cells[1] !== '–');
  const of = (judgement: Judgement | undefined): string[] => rows.filter((row) => row.judgement === judgement).map(({ work }) => work);
  const [met, missed, open, none] = [of('met'), of('missed'), of('open'), of(undefined)];
  return [
    `${count(met.length)} of ${rows.length} targets are met.`,
    ...(missed.length === 0 ? [] : [`Missed: ${missed.join('; ')}.`]),
    ...(open.length === 0 ? [] : [`Open, the interval lies on both sides of the target: ${open.join('; ')}.`]),
    ...(none.length === 0 ? [] : [`Without a figure: ${none.join('; ')}.`]),
  ];
}
