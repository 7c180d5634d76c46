import { createKey } from '@longspan/core-tensor/key';
import { randomStream } from '../../figures/random-stream.ts';
import type { TitledTable } from '../../report/table.ts';
import { duration, percent } from '../../report/wording.ts';
import { type Findings, notMeasured } from '../../run/experiment.ts';
import type { KernelFigures } from './input.ts';
import { type Row, rowsOf, written } from './rows.ts';
import { aboutTargets, evaluate, type Verdict } from './target.ts';

interface Evaluated {
  readonly row: Row;
  readonly work: string;
  readonly verdict: Verdict | undefined;
  readonly cells: readonly string[];
  readonly detail?: string;
}

function evaluated(findings: Findings<KernelFigures>): Evaluated[] {
  const random = randomStream(createKey(findings.options.seed).fold('rows'));
  return rowsOf(findings.options).map((row): Evaluated => {
    const { work, target, unit } = row;
    const must = target === undefined ? '–' : `${target.bound} ${unit === 'share' ? target.value : `${target.value}x`}`;
    const got = row.measured(findings, random);
    if (typeof got === 'string') return { row, work, verdict: undefined, cells: [work, must, '–', got, '–', '–'] };
    const { figure, base, head, detail } = got;
    const [ratio, low, high] = [figure.ratio, figure.low, figure.high].map((value) => written(value, unit));
    const verdict = target === undefined ? undefined : evaluate(figure, target);
    const result = target === undefined ? 'for comparison' : (verdict as string);
    return {
      row,
      work,
      verdict,
      cells: [work, must, `${ratio} (${low} to ${high})`, result, base, head],
      ...(detail === undefined ? {} : { detail }),
    };
  });
}

/** One line per row of the table of targets. */
export function kernelTable(findings: Findings<KernelFigures>): TitledTable {
  const rows = evaluated(findings);
  const details = [...new Set(rows.flatMap(({ work, detail }) => (detail === undefined ? [] : [`${work}: ${detail}.`])))];
  const unexplained = rows.filter((each) => isOpen(each) && each.row.profile(findings) === undefined);
  const builds = [...new Set(findings.outcomes.flatMap(({ ending }) => (ending.kind === 'done' ? [ending.result.instructions] : [])))];
  return {
    title: 'Kernels',
    note: [
      `One head of 64, a causal window of 512 keys with the query's own, block 64, float32, one thread, where the row does not say otherwise.`,
      `Both sides were checked first and took turns in one process (stock kernels by unregister() in between); medians, 95 % bootstrap intervals.`,
      ...(builds.length === 0 ? [] : [`Our build: ${builds.join(', ')}.`]),
      ...details,
      ...(unexplained.length === 0
        ? []
        : [`Not met, and not taken apart, but for the FLOP rates of its passes: ${unexplained.map(({ work }) => work).join('; ')}.`]),
    ].join(' '),
    head: ['work', 'must be', 'measured', 'result', 'compared with', 'Longspan'],
    rows: rows.map(({ cells }) => cells),
  };
}

const isOpen = ({ verdict }: Evaluated): boolean => verdict === 'missed' || verdict === 'open';

/** For each target that is not met beyond doubt and whose parts were measured, where the time goes and what each part costs the figure: why it is not. */
export function profileTables(findings: Findings<KernelFigures>): TitledTable[] {
  return evaluated(findings)
    .filter(isOpen)
    .flatMap(({ row, verdict, cells }) => {
      const result = `${verdict}: ${cells[2]}, must be ${cells[1]}.`;
      const profile = row.profile(findings);
      const title = `Where the time goes: ${row.work}`;
      if (profile === undefined) return [];
      const how = [
        'Every line was timed by itself, in the same rounds as the whole: what it adds to the lines above it is its part, as a share of the whole round by round',
        '(below 0: less than the noise of this machine). The figure of a line is what it would be without the lines below it.',
      ];
      return [
        {
          title,
          note: [result, profile.how, ...how].join(' '),
          head: ['part', 'time', 'of the whole', 'figure'],
          rows: profile.parts.map(({ name, seconds, share, figure }) => [
            name,
            signed(seconds, duration),
            signed(share, percent),
            written(figure, row.unit),
          ]),
        },
      ];
    });
}

const signed = (value: number, unit: (value: number) => string): string => (value < 0 ? `−${unit(-value)}` : unit(value));

export function kernelHeadline(findings: Findings<KernelFigures>): string[] {
  if (findings.outcomes.length === 0) return [];
  const targets = evaluated(findings).filter(({ row }) => row.target !== undefined);
  return aboutTargets(targets.map(({ work, verdict, cells }) => ({ row: work, verdict, isTried: cells[3] !== notMeasured })));
}
