import { createKey } from '@longspan/core-tensor/key';
import { estimate, pairedRatio } from '../../figures/pairs.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { cells, orDash, ratioWithInterval, whereKnown } from '../../report/cells.ts';
import type { LinePlot } from '../../report/line-plot.ts';
import type { TitledTable } from '../../report/table.ts';
import { bytes, count, duration, error, withInterval } from '../../report/wording.ts';
import { type Findings, found, whyNot } from '../../run/experiment.ts';
import type { MemoryFigures, ReversibleFigures, Storage, TrainFigures } from './input.ts';
import { depths, memoryPoint, stackSize, storages, timeOf, timePoint, trainingOf, trainPoint, ways } from './points.ts';

type Found = Findings<ReversibleFigures>;

const memory = (findings: Found, depth: number, storage: Storage) => found(findings, memoryPoint(depth, storage), 'memory');

/** What is at the peak besides the parameters and their gradients. */
const activations = ({ peakBytes, parameterBytes }: MemoryFigures): number => peakBytes - parameterBytes;

/** How many times the bytes of the least depth the greatest takes. */
function growthOf(findings: Found, storage: Storage): number | undefined {
  const all = depths(findings.options);
  const [least, most] = [memory(findings, all[0] as number, storage), memory(findings, all.at(-1) as number, storage)];
  return least && most && activations(most) / activations(least);
}

export function memoryTable(findings: Found): TitledTable {
  const { length, width, heads, chunkLength } = stackSize;
  const growths = storages.map((storage) => growthOf(findings, storage));
  return {
    title: 'Peak memory against depth',
    note: [
      `Bytes alive on tfjs's wasm heap at the peak of one forward and backward pass over ${count(length)} tokens, beyond the parameters and less their gradients;`,
      `in brackets the resident memory that the pass added, parameters' gradients and free pages of the heap with it. Width ${width}, ${heads} heads, attention within chunks of ${chunkLength} and the one before,`,
      `feed-forward layers of ${4 * width} in chunks of 512 tokens; a fresh process for each figure. Stored: the same blocks, activations kept.`,
    ].join(' '),
    head: ['depth', ...storages, 'parameters'],
    rows: [
      ...depths(findings.options).map((depth) => [
        count(depth),
        ...storages.flatMap((storage) =>
          cells(memory(findings, depth, storage), whyNot(findings, memoryPoint(depth, storage)), 1, (figures) => [
            `${bytes(activations(figures))} (${bytes(figures.residentBytes)})`,
          ]),
        ),
        orDash(memory(findings, depth, 'reversible'), ({ parameterBytes }) => bytes(parameterBytes)),
      ]),
      ['greatest : least depth', ...growths.map((growth) => orDash(growth, (times) => `${times.toFixed(2)}x`)), '–'],
    ],
  };
}

function price(findings: Found) {
  const figures = found(findings, timePoint, 'time');
  if (figures === undefined) return undefined;
  const random = randomStream(createKey(findings.options.seed).fold('price'));
  const ratio = pairedRatio(
    figures.stored.map((base, turn) => ({ base, head: figures.reversible[turn] as number })),
    random,
  );
  return { ratio, stored: estimate(figures.stored, random), reversible: estimate(figures.reversible, random), distance: figures.distance };
}

export function timeTable(findings: Found): TitledTable {
  const { depth, turns } = timeOf(findings.options);
  return {
    title: 'The price in time',
    note: [
      `One forward and backward pass of ${depth} blocks of the same stack, both ways in ${turns} turns in one process; medians with 95 % bootstrap intervals.`,
      `Gradients: the largest distance between a parameter's two gradients, relative to its norm; beyond 1.0e-3 the measurement fails.`,
    ].join(' '),
    head: ['stored', 'reversible', 'times as long', 'gradients'],
    rows: [
      cells(price(findings), whyNot(findings, timePoint), 4, ({ stored, reversible, ratio, distance }) => [
        withInterval(stored, duration),
        withInterval(reversible, duration),
        ratioWithInterval(ratio),
        error(distance),
      ]),
    ],
  };
}

const trained = (findings: Found, { storage, sharing }: (typeof ways)[number]) => found(findings, trainPoint(storage, sharing), 'train');

/** Of the last tenth of the steps. */
const lastBits = ({ bits }: TrainFigures): number => {
  const last = bits.slice(-Math.ceil(bits.length / 10));
  return last.reduce((sum, each) => sum + each, 0) / last.length;
};

export function trainingTable(findings: Found): TitledTable {
  const { length, width, heads, depth, batch, steps } = trainingOf(findings.options);
  return {
    title: 'Training: reversible against plain, shared against separate query-key',
    note: [
      `Bits per character on Moby-Dick: the last tenth of ${count(steps)} steps, and held-out chapters. ${depth} blocks of width ${width} with ${heads} heads, ${batch} excerpts of ${length} bytes each step,`,
      `full causal attention; all from the same key, on the same excerpts. Plain is one residual stream, as in any Transformer; reversible ones are two, whose mean is read (figure 3 of the paper).`,
    ].join(' '),
    head: ['query-key', 'blocks', 'training', 'held out', 'time'],
    rows: ways.map((way) => [
      way.sharing,
      way.storage,
      ...cells(trained(findings, way), whyNot(findings, trainPoint(way.storage, way.sharing)), 3, (figures) => [
        lastBits(figures).toFixed(3),
        figures.heldOut.toFixed(3),
        duration(figures.seconds),
      ]),
    ]),
  };
}

export function reversibleHeadline(findings: Found): string[] {
  const all = depths(findings.options);
  const [plain, flat] = storages.map((storage) => growthOf(findings, storage));
  const cost = price(findings);
  const between = (a: (typeof ways)[number], b: (typeof ways)[number]): number | undefined => {
    const [one, other] = [trained(findings, a), trained(findings, b)];
    return one && other && other.heldOut - one.heldOut;
  };
  const reversed = between({ storage: 'plain', sharing: 'separate' }, { storage: 'reversible', sharing: 'separate' });
  const shared = between({ storage: 'plain', sharing: 'separate' }, { storage: 'plain', sharing: 'shared' });
  const signed = (bits: number): string => `${bits < 0 ? '−' : '+'}${Math.abs(bits).toFixed(3)}`;
  return [
    ...(plain === undefined || flat === undefined
      ? []
      : [
          `From depth ${all[0]} to ${all.at(-1)} activations at the peak grow ${flat.toFixed(2)}x reversible and ${plain.toFixed(1)}x stored.`,
        ]),
    ...whereKnown(cost, ({ ratio }) => [`The backward pass's second run makes a training step ${ratio.ratio.toFixed(2)} times as long.`]),
    ...whereKnown(reversed, (bits) => [
      `Reversible against plain, from the same key: ${signed(bits)} bits per character on held-out chapters.`,
    ]),
    ...whereKnown(shared, (bits) => [`Shared against separate query-key: ${signed(bits)} bits per character.`]),
  ];
}

export function reversiblePlots(findings: Found): LinePlot[] {
  return [
    {
      title: 'Activations at the peak',
      x: { label: 'blocks', scale: 'log', unit: 'count' },
      y: { label: 'bytes', scale: 'log', unit: 'bytes' },
      lines: storages.map((storage) => ({
        name: storage,
        ...(storage === 'stored' ? { isReference: true as const } : {}),
        dots: depths(findings.options).flatMap((x) =>
          whereKnown(memory(findings, x, storage), (figures) => [{ x, y: activations(figures) }]),
        ),
      })),
    },
    {
      title: 'Training on the book',
      x: { label: 'steps', scale: 'linear', unit: 'count' },
      y: { label: 'bits per character', scale: 'linear', unit: 'number' },
      lines: ways.map((way) => ({
        name: `${way.storage}, ${way.sharing}`,
        ...(way.storage === 'plain' ? { isReference: true as const } : {}),
        dots: smooth(trained(findings, way)?.bits ?? []),
      })),
    },
  ];
}

/** Thirty means of equally many steps. */
function smooth(bits: readonly number[]): { x: number; y: number }[] {
  const each = Math.max(1, Math.ceil(bits.length / 30));
  return Array.from({ length: Math.ceil(bits.length / each) }, (_, nth) => {
    const part = bits.slice(nth * each, (nth + 1) * each);
    return { x: nth * each + part.length, y: part.reduce((sum, value) => sum + value, 0) / part.length };
  });
}
