import type { LinePlot } from '../../report/line-plot.ts';
import type { TitledTable } from '../../report/table.ts';
import { count, duration } from '../../report/wording.ts';
import { type Findings, figuresOf, whyNot } from '../../run/experiment.ts';
import type { BookFigures, CurvePoint } from './input.ts';
import { bookPoint } from './points.ts';

type BookFindings = Findings<BookFigures>;

const teraflop = (flops: number): string => (flops / 1e12).toFixed(flops < 1e13 ? 2 : 1);

/** The curve: bits per byte of both sides over operations and seconds. */
export function bookTable(findings: BookFindings): TitledTable {
  const figures = figuresOf(findings, bookPoint);
  const isAlone = findings.options.flags['python'] === undefined;
  const row = (name: string, { flops, ours, theirs }: CurvePoint): string[] => [
    name,
    teraflop(flops),
    ours.bits.toFixed(3),
    theirs?.bits.toFixed(3) ?? '–',
    duration(ours.seconds),
    theirs === undefined ? '–' : duration(theirs.seconds),
  ];
  return {
    title: 'Bits per byte of a book',
    note: [
      figures === undefined
        ? 'A byte model, ours and PyTorch’s, trained on Moby-Dick but its last 14 chapters, and judged by those.'
        : `A byte model of ${count(figures.parameters)} parameters, trained on ${count(figures.trainingBytes)} bytes of Moby-Dick in steps of ` +
          `${count(figures.bytesPerStep)}, and judged by the last 14 of 139 chapters.`,
      'Both begin with the same weights, see the same excerpts at the same learning rates, turn by turn, and differ in what dropout draws;',
      'operations are those of products, of one side; seconds are of the steps alone. On the way bits are of some held-out bytes, spread evenly.',
      ...(figures === undefined ? [] : [`The last row is of ${count(figures.lastBytes)} of ${count(figures.heldOutBytes)}.`]),
      ...(isAlone ? ['PyTorch joins where --python is given.'] : []),
      ...(figures === undefined ? [] : [`${figures.versions.join('; ')}.`]),
    ].join(' '),
    head: ['step', '10^12 operations', 'Longspan', 'PyTorch', 'seconds of Longspan', 'seconds of PyTorch'],
    rows:
      figures === undefined
        ? [['–', '–', whyNot(findings, bookPoint), '–', '–', '–']]
        : [...figures.curve.map((point) => row(count(point.step), point)), row(`${count(figures.last.step)}, at the end`, figures.last)],
  };
}

export function bookPlots(findings: BookFindings): LinePlot[] {
  const figures = figuresOf(findings, bookPoint);
  if (figures === undefined || figures.curve.length < 2) return [];
  const { curve } = figures;
  const hasTheirs = curve.every(({ theirs }) => theirs !== undefined);
  const plot = (title: string, label: string, x: (point: CurvePoint, side: 'ours' | 'theirs') => number): LinePlot => {
    const dots = (side: 'ours' | 'theirs') => curve.flatMap((point) => (point[side] ? [{ x: x(point, side), y: point[side].bits }] : []));
    return {
      title,
      x: { label, scale: 'linear', unit: 'number' },
      y: { label: 'bits per byte', scale: 'linear', unit: 'number' },
      lines: [
        { name: 'Longspan', dots: dots('ours') },
        ...(hasTheirs ? [{ name: 'PyTorch', isReference: true as const, dots: dots('theirs') }] : []),
      ],
    };
  };
  return [
    plot('Bits per byte over operations', '10^12 operations', ({ flops }) => flops / 1e12),
    plot('Bits per byte over time', 'seconds', (point, side) => point[side]?.seconds ?? 0),
  ];
}

/** Bits that may be between two runs whose dropout draws other numbers. */
const chance = 0.03;

export function bookHeadline(findings: BookFindings): string[] {
  const figures = figuresOf(findings, bookPoint);
  if (figures === undefined) return [];
  const { ours, theirs, flops } = figures.last;
  const spent = `${teraflop(flops)} · 10^12 operations`;
  if (theirs === undefined) return [`${ours.bits.toFixed(3)} bits per byte of held-out text after ${spent}, in ${duration(ours.seconds)}.`];
  const isReached = ours.bits <= theirs.bits + chance;
  return [
    `After the same ${spent} Longspan stands at ${ours.bits.toFixed(3)} bits per byte and PyTorch at ${theirs.bits.toFixed(3)}: ` +
      `${isReached ? 'reached' : 'not reached'}, within the ${chance} that draws of dropout may make.`,
    `The steps took ${duration(ours.seconds)} and ${duration(theirs.seconds)}: ${(ours.seconds / theirs.seconds).toFixed(2)} times PyTorch's time.`,
  ];
}
