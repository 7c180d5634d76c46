import { verdict } from '../../figures/verdict.ts';
import type { TitledTable } from '../../report/table.ts';
import { duration, withInterval } from '../../report/wording.ts';
import { type Findings, figuresOf, notMeasured, whyNot } from '../../run/experiment.ts';
import { aboutTargets, evaluate, inverse, times, type Verdict } from '../kernels/target.ts';
import { type PartTimes, type PeerFigures, threads } from './input.ts';
import { pointName, type Row, rowsOf } from './rows.ts';

type Measured = Extract<PeerFigures, { kind: 'measured' }>;

interface Line {
  readonly row: Row;
  readonly verdict: Verdict | undefined;
  readonly cells: readonly string[];
}

function lineOf(findings: Findings<PeerFigures>, row: Row): Line {
  const { work, duel, target } = row;
  const must =
    target === undefined ? '–' : target.bound === 'at least' ? `at least ${target.value}x as fast` : `at most ${target.value}x its time`;
  const figures = figuresOf(findings, pointName(row));
  if (figures?.kind !== 'measured') {
    const why = whyNot(findings, pointName(row));
    return { row, verdict: undefined, cells: [work, duel.peer, '–', '–', must, '–', why, '–'] };
  }
  const { ratio, theirs, ours } = figures;
  const figure = target?.bound === 'at most' ? ratio : inverse(ratio);
  const verdict = target === undefined ? undefined : evaluate(figure, target);
  const measured = `${times(figure.ratio)} (${times(figure.low)} to ${times(figure.high)})`;
  const sides = [theirs, ours].map((side) => withInterval(side, duration));
  return { row, verdict, cells: [work, duel.peer, ...sides, must, measured, verdict ?? 'for comparison', aheadOf(figures, row)] };
}

/** Whose time is the shorter beyond doubt. */
function aheadOf({ ratio }: Measured, { duel: { peer } }: Row): string {
  return { faster: 'Longspan', slower: peer, tie: 'neither', undecided: 'undecided' }[verdict(ratio)];
}

export function peerTable(findings: Findings<PeerFigures>): TitledTable {
  const figures = findings.outcomes.flatMap(({ ending }) =>
    ending.kind === 'done' && ending.result.kind === 'measured' ? [ending.result] : [],
  );
  const versions = [...new Set(figures.flatMap((each) => each.versions))].filter(
    (one, _, all) => !all.some((other) => other !== one && other.startsWith(one)), // 'PyTorch 2' beside 'PyTorch 2, transformers 4'
  );
  const worst = Math.max(...figures.map(({ error }) => error));
  return {
    title: 'Beside other libraries',
    note: [
      `Float32, ${threads} threads on each side where the library has them; 4 heads of 64, the base size has 12. A causal window is 512 keys with`,
      "the query's own, Longformer's 512 wide; its layers have the same weights on both sides.",
      'Both sides took turns in one run, the threads of the other asleep; medians, and ratios round by round with 95 % bootstrap intervals.',
      'Before that every answer was compared with ours, the gradients of all weights included',
      figures.length === 0 ? '.' : `: at most ${worst.toExponential(1)} apart, of the size of the numbers.`,
      'ONNX Runtime computes the window as a dense graph with an n x n mask, jax-js by its localWindowSize;',
      "PyTorch's scaled_dot_product_attention attends to all keys before the query, which is another, longer work.",
      ...(versions.length === 0 ? [] : [`${versions.join('; ')}.`]),
    ]
      .join(' ')
      .replaceAll(/ (?=[.:] |[.:]$)/g, ''),
    head: ['work', 'library', 'the library', 'Longspan', 'Longspan must be', 'measured', 'result', 'ahead'],
    rows: rowsOf(findings.options).map((row) => lineOf(findings, row).cells),
  };
}

/** For each target that is not met beyond doubt, what the parts of the work take on both sides, and at which rates. */
export function partTables(findings: Findings<PeerFigures>): TitledTable[] {
  return rowsOf(findings.options).flatMap((row) => {
    const { verdict, cells } = lineOf(findings, row);
    const figures = figuresOf(findings, pointName(row));
    if (figures?.kind !== 'measured' || verdict === undefined || verdict === 'met') return [];
    const { parts, peak } = figures;
    const [theirs, ours] = [figures.theirs.median, figures.ours.median];
    const both = parts.filter((part) => part.theirs !== undefined);
    const restOf = (whole: number, side: 'ours' | 'theirs', of: readonly PartTimes[]): string =>
      signed(whole - of.reduce((sum, part) => sum + (part[side] as number), 0));
    const isWhole = parts.length === 1;
    const rest = isWhole ? [] : [['all else', restOf(ours, 'ours', parts), `${restOf(theirs, 'theirs', both)}, with attention`]];
    return [
      {
        title: `Where the time goes: ${pointName(row)}`,
        note: [
          `${verdict}: ${cells[5]}, must be ${cells[4]}.`,
          ...(isWhole ? [] : ['Parts were timed alone, after the whole, over tensors of the same sizes; all else is the difference.']),
          `Rates count the products, of attention those of visible pairs; ${threads} threads of this machine have at most`,
          `${rate(threads * peak, 1)} with vectors of 128 bits, which is all that WebAssembly has.`,
        ].join(' '),
        head: ['part', 'Longspan', row.duel.peer],
        rows: [
          ...parts.map((part) => [part.name, timeAndRate(part.flops, part.ours), timeAndRate(part.flops, part.theirs)]),
          ...rest,
          ...(isWhole ? [] : [['the whole', duration(ours), duration(theirs)]]),
        ],
      },
    ];
  });
}

const timeAndRate = (flops: number, seconds: number | undefined): string =>
  seconds === undefined ? '–' : `${duration(seconds)}, ${rate(flops, seconds)}`;

const rate = (flops: number, seconds: number): string => `${(flops / seconds / 1e9).toFixed(1)} GF/s`;

const signed = (seconds: number): string => (seconds < 0 ? `−${duration(-seconds)}` : duration(seconds));

export function peerHeadline(findings: Findings<PeerFigures>): string[] {
  const lines = rowsOf(findings.options).map((row) => lineOf(findings, row));
  if (findings.outcomes.length === 0) return [];
  const named = ({ row, cells }: Line, cell: number): string => `${pointName(row)} (${cells[cell]})`;
  const targets = lines.filter(({ row }) => row.target !== undefined);
  const theirs = lines.filter(({ row, cells }) => cells[7] === row.duel.peer);
  return [
    ...aboutTargets(
      targets.map((line) => ({
        row: named(line, line.verdict === undefined ? 6 : 5),
        verdict: line.verdict,
        isTried: line.cells[6] !== notMeasured,
      })),
      ' beside other libraries',
    ),
    ...(theirs.length === 0 ? [] : [`Faster than Longspan: ${theirs.map((line) => named(line, 5)).join('; ')}.`]),
  ];
}
