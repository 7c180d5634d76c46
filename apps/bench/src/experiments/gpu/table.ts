import type { TitledTable } from '../../report/table.ts';
import { bytes, count } from '../../report/wording.ts';
import { type Findings, found, notMeasured, whyNot } from '../../run/experiment.ts';
import { aboutTargets, evaluate, times, type Verdict } from '../kernels/target.ts';
import { adapterName } from './device/software-adapter.ts';
import type { AdapterFigures, GpuFigures, WorkFigures } from './input.ts';
import { adapterPoint, installPoint, pointsOf } from './points.ts';
import { type Row, rowsOf } from './rows.ts';

type GpuFindings = Findings<GpuFigures>;

const adapterOf = (findings: GpuFindings): AdapterFigures | undefined => found(findings, adapterPoint, 'adapter');

/** What the adapter says of itself. */
export function adapterTable(findings: GpuFindings): TitledTable {
  const figures = adapterOf(findings);
  const table = {
    title: 'Adapter',
    note: 'What register() of gpu-backend says of it, and those limits of the device that computing runs into; results.json has all.',
    head: ['what', 'value'],
  };
  if (figures === undefined) return { ...table, rows: [['adapter', whyNot(findings, adapterPoint)]] };
  const { adapter, isSoftware, untimed, features, limits, kernels, repairs } = figures;
  const list = (items: readonly string[]): string => items.join(', ') || 'none';
  return {
    ...table,
    rows: [
      ...Object.entries(adapter).map(([name, value]) => [name, value === '' ? 'not said' : value]),
      ['computes', isSoftware ? 'on the CPU: a software adapter' : 'on a graphics card'],
      ['times', untimed === undefined ? 'by timestamp queries' : `none: ${untimed}`],
      ['features', list(features)],
      ['kernels', list(kernels)],
      ['repairs', list(repairs)],
      ...Object.entries(limits)
        .filter(([name]) => /Compute|StorageBuffer|BufferSize/.test(name))
        .map(([name, value]) => [name, count(value)]),
    ],
  };
}

interface Evaluated {
  readonly row: Row;
  readonly verdict: Verdict | undefined;
  readonly cells: readonly string[];
  readonly isTried: boolean;
}

const evaluated = (findings: GpuFindings): Evaluated[] =>
  rowsOf(findings.options).map((row): Evaluated => {
    const { work, target, unit } = row;
    const must = target === undefined ? '–' : `${target.bound} ${unit === 'times' ? `${target.value}x` : target.value}`;
    const got = row.measured(findings);
    if (typeof got === 'string') return { row, verdict: undefined, isTried: false, cells: [work, must, '–', got, '–', '–'] };
    const { figure, base, head } = got;
    const verdict = target === undefined ? undefined : evaluate(figure, target);
    return { row, verdict, isTried: true, cells: [work, must, shownAs(got, unit), verdict ?? 'for comparison', base, head] };
  });

function shownAs({ figure: { ratio, low, high }, base, head }: Exclude<ReturnType<Row['measured']>, string>, unit: Row['unit']): string {
  if (unit === 'dispatches') return `${head} of ${base}`;
  const [middle, least, most] = [ratio, low, high].map((value) => (unit === 'share' ? value.toFixed(2) : times(value)));
  return `${middle} (${least} to ${most})`;
}

/** One line per target. */
export function targetTable(findings: GpuFindings): TitledTable {
  const notes = findings.outcomes.flatMap(({ ending }) =>
    ending.kind === 'done' && ending.result.kind === 'work' ? Object.entries(ending.result.notes) : [],
  );
  return {
    title: 'Targets',
    note: [
      findings.options.full
        ? 'The sizes that the targets are stated for.'
        : 'Smaller sizes than the targets are stated for, which --full has.',
      'float32. Attention of both sides was checked on rows, gradients and products too, in double precision; the training step by the gradients of both sides.',
      "Times are the device's own, by timestamp queries around its passes; what it waits for the host between them does not count. Both sides took turns in one process, stock kernels by unregister() in between; medians, 95 % bootstrap intervals.",
      'The peak is the fastest of some loops of multiply-adds in registers. On a software adapter, or without timestamps, nothing is timed and no factor stated.',
      ...notes.map(([name, note]) => `The kernel of ${name}: ${note}.`),
    ].join(' '),
    head: ['work', 'must be', 'got', 'result', 'compared with', 'Longspan'],
    rows: evaluated(findings).map(({ cells }) => cells),
  };
}

/** What single calls put onto the device. */
export function countTable(findings: GpuFindings): TitledTable {
  const counted = pointsOf(findings.options)
    .filter(({ name }) => name !== adapterPoint && name !== installPoint)
    .flatMap(({ name }): (readonly string[])[] => {
      const figures = found(findings, name, 'work');
      return figures === undefined ? [[name, whyNot(findings, name), '–', '–', '–']] : callsOf(name, figures);
    });
  return {
    title: 'One call, counted',
    note: [
      'Counted where they are encoded, the same for tfjs and for Longspan: dispatches of compute passes; bytes are what all bindings of all dispatches hold, read or written, so that a buffer counts for each dispatch that it is bound to.',
      "FLOPs are those of the products: of Longspan's attention 2 (d + dv) for each pair of tokens in a visited block, 6 d + 4 dv more for gradients; of dense attention of every pair, three times as many with gradients, for its scores are kept; of linear layers 2 for each weight and row, 6 with gradients.",
      "onnxruntime-web's side is its GroupQueryAttention with local_window_size, and for global tokens plain operations with the mask as a table of all pairs. It takes tokens with all their heads, and puts the heads first in dispatches that are counted and timed with the rest.",
      "A training step counts the pairs that the mask allows on Longspan's side.",
    ].join(' '),
    head: ['work', 'side', 'dispatches', 'bytes bound', 'FLOPs'],
    rows: counted,
  };
}

const callsOf = (point: string, { counted }: WorkFigures): string[][] =>
  counted.map(({ side, dispatches, bytes: held, flops }) => [point, side, count(dispatches), bytes(held), `${(flops / 1e9).toFixed(3)} G`]);

export function gpuHeadline(findings: GpuFindings): string[] {
  const adapter = adapterOf(findings);
  if (adapter === undefined) return [];
  const name = adapterName(adapter.adapter);
  const works = findings.outcomes.filter(({ ending }) => ending.kind === 'done' && ending.result.kind === 'work').length;
  if (adapter.untimed !== undefined) {
    const checked = works === 0 ? '' : `the numbers of ${works} ${works === 1 ? 'piece' : 'pieces'} of work were right; `;
    return [`${name}: ${checked}nothing was timed (${adapter.untimed}).`];
  }
  const targets = evaluated(findings).filter(({ row }) => row.target !== undefined);
  return [
    `Timed on ${name}.`,
    ...aboutTargets(
      targets.map(({ row, verdict, cells, isTried }) => ({ row: row.work, verdict, isTried: isTried || cells[3] !== notMeasured })),
    ),
  ];
}
