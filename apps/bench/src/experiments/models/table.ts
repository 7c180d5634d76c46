import { slope } from '../../figures/growth.ts';
import type { Ratio } from '../../figures/pairs.ts';
import type { TitledTable } from '../../report/table.ts';
import { bytes, count, duration, error as inDigits, percent, withInterval } from '../../report/wording.ts';
import { type Findings, found, notMeasured, whyNot } from '../../run/experiment.ts';
import { aboutTargets, evaluate, inverse, type Target, times, type Verdict } from '../kernels/target.ts';
import { threads } from '../peers/input.ts';
import type { BookFigures, EncoderFigures, EncoderInput, LongformerInput, ModelsFigures } from './input.ts';
import { mapsOf, wholeLayer } from './maps-of.ts';
import { mostGrowth, mostMissed, productsName, productsTarget, type Row, readingName, rowsOf } from './rows.ts';
import { sizesOf } from './sizes.ts';

type ModelsFindings = Findings<ModelsFigures>;

interface Line {
  readonly work: string;
  /** The measured figure, or what stands in its place. */
  readonly measured: string;
  readonly hasTarget: boolean;
  readonly verdict: Verdict | undefined;
  readonly cells: readonly string[];
}

const none = '–';
const forComparison = 'for comparison';

const mustBe = ({ bound, value }: Target): string => (bound === 'at least' ? `at least ${value}x as fast` : `at most ${value}x its time`);
const withRange = ({ ratio, low, high }: Ratio): string => `${times(ratio)} (${times(low)} to ${times(high)})`;
const heldTo = (ratio: Ratio, target: Target | undefined): Ratio => (target?.bound === 'at least' ? inverse(ratio) : ratio);

interface Told {
  readonly beside?: string;
  readonly theirs?: string;
  readonly ours?: string;
  readonly must?: string;
  readonly measured?: string;
  readonly error?: string;
  readonly memory?: string;
  readonly verdict?: Verdict | undefined;
  /** In the place of a verdict. */
  readonly result?: string;
}

function lineOf(work: string, { beside, theirs, ours, must, measured, error, memory, verdict, result = forComparison }: Told): Line {
  const cells = [work, beside, theirs, ours, must, measured, error, memory].map((cell) => cell ?? none);
  return { work, measured: measured ?? result, hasTarget: must !== undefined, verdict, cells: [...cells, verdict ?? result] };
}

/** A figure that was taken once, against its bound. */
const within = (figure: number, most: number): Verdict => (figure <= most ? 'met' : 'missed');

function encoderLine(findings: ModelsFindings, { name, target, mostBytes }: Row, input: LongformerInput | EncoderInput): Line {
  const beside = input.kind === 'encoder' ? input.peer : 'PyTorch, float32';
  const must = target === undefined ? mostBytes && `below ${bytes(mostBytes)}` : mustBe(target);
  const told = { beside, ...(must === undefined || must === 0 ? {} : { must }) };
  const figures = found(findings, name, 'encoder');
  if (figures === undefined) return lineOf(name, { ...told, result: whyNot(findings, name) });
  const all = { ...told, ...sidesOf(figures) };
  if (target === undefined && mostBytes !== undefined && figures.peakBytes !== undefined)
    return lineOf(name, { ...all, measured: bytes(figures.peakBytes), verdict: within(figures.peakBytes, mostBytes) });
  if (figures.duel === undefined) return lineOf(name, { ...all, result: alone(figures) });
  const ratio = heldTo(figures.duel.ratio, target ?? { bound: 'at least', value: 1 });
  return lineOf(name, { ...all, measured: withRange(ratio), verdict: target && evaluate(ratio, target) });
}

const alone = ({ peerFailed }: EncoderFigures): string =>
  peerFailed === undefined ? 'nobody beside it' : `failed: ${peerFailed.split('\n', 1)[0]?.replaceAll(/(?:\/[\w.+@-]+){2,}\//g, '')}`;

function sidesOf({ ours, duel, error, peakBytes }: EncoderFigures): Told {
  return {
    ours: withInterval(ours, duration),
    ...(duel && { theirs: withInterval(duel.theirs, duration) }),
    ...(error === undefined ? {} : { error: inDigits(error) }),
    ...(peakBytes === undefined ? {} : { memory: bytes(peakBytes) }),
  };
}

function bookLines(findings: ModelsFindings, rows: readonly Row[]): Line[] {
  const lines = rows.flatMap(({ name, mostBytes = 0 }): Line[] => {
    const told = { must: `below ${bytes(mostBytes)}` };
    const figures = found(findings, name, 'book');
    if (figures === undefined) return [lineOf(name, { ...told, result: whyNot(findings, name) })];
    const { seconds, peakBytes } = figures;
    const measured = bytes(peakBytes);
    return [lineOf(name, { ...told, ours: duration(seconds), measured, memory: measured, verdict: within(peakBytes, mostBytes) })];
  });
  const measured = rows.flatMap(({ name }): BookFigures[] => {
    const figures = found(findings, name, 'book');
    return figures === undefined ? [] : [figures];
  });
  const told = { must: `at most length to the power of ${mostGrowth}` };
  const work = 'time of the book by its length';
  if (measured.length < rows.length) return [...lines, lineOf(work, { ...told, result: notMeasured })];
  const power = slope(measured.map(({ tokens, seconds }) => ({ n: tokens, value: seconds })));
  return [...lines, lineOf(work, { ...told, measured: `length to the power of ${power.toFixed(2)}`, verdict: within(power, mostGrowth) })];
}

function productLines(findings: ModelsFindings): Line[] {
  const figures = found(findings, productsName, 'products');
  return Object.keys(mapsOf(sizesOf(findings.options).longformer)).map((name) => {
    const work = `${productsName}, ${name}`;
    const told = { beside: 'Longspan, float32', ...(name === wholeLayer ? { must: mustBe(productsTarget) } : {}) };
    const measured = figures?.works.find((each) => each.name === name);
    if (measured === undefined) return lineOf(work, { ...told, result: whyNot(findings, productsName) });
    const ratio = inverse(measured.ratio);
    return lineOf(work, {
      ...told,
      theirs: withInterval(measured.float32, duration),
      ours: withInterval(measured.int8, duration),
      measured: withRange(ratio),
      error: inDigits(measured.error),
      verdict: name === wholeLayer ? evaluate(ratio, productsTarget) : undefined,
    });
  });
}

function readingLine(findings: ModelsFindings): Line {
  const work = `${readingName}, ${count(sizesOf(findings.options).reading)} tokens`;
  const told = { must: `at most ${percent(mostMissed)} of its frames missed` };
  const figures = found(findings, readingName, 'reading');
  if (figures === undefined) return lineOf(work, { ...told, result: whyNot(findings, readingName) });
  const { missedShare, longestGap, seconds } = figures;
  const measured = `${percent(missedShare)} missed, ${duration(longestGap)} between two at most`;
  return lineOf(work, { ...told, ours: duration(seconds), measured, verdict: within(missedShare, mostMissed) });
}

function linesOf(findings: ModelsFindings): Line[] {
  const rows = rowsOf(findings.options);
  const books = rows.filter(({ input }) => input.kind === 'book');
  return rows.flatMap((row): Line[] => {
    const { input } = row;
    if (input.kind === 'longformer' || input.kind === 'encoder') return [encoderLine(findings, row, input)];
    if (input.kind === 'book') return row === books[0] ? bookLines(findings, books) : [];
    return input.kind === 'products' ? productLines(findings) : [readingLine(findings)];
  });
}

export function modelsTables(findings: ModelsFindings): readonly TitledTable[] {
  const { slabLength, longformer, window } = sizesOf(findings.options);
  const figures = findings.outcomes.flatMap(({ ending }) => (ending.kind === 'done' ? [ending.result] : []));
  const versions = [...new Set(figures.flatMap((each) => (each.kind === 'encoder' ? each.versions : [])))];
  const browsers = figures.flatMap((each) => (each.kind === 'reading' ? [each.browser] : []));
  return [
    {
      title: 'Checkpoints at work',
      note: [
        `Weights are drawn at random and saved by \`savePretrained\`; all sides read the same folder. ${threads} threads on each side.`,
        `Longformer has a window of ${window} and its first token global; transformers runs it. ONNX Runtime runs the graph that torch exports.`,
        'Both sides were compared first, then took turns; medians, and ratios round by round with 95 % bootstrap intervals.',
        'The error is how far our numbers are from theirs, as a share of the size: of ONNX Runtime the worst number, else of all.',
        'Peak memory is resident, of our whole process, loading included.',
        `The book is ${count(slabLength)} tokens at a time, with the ${count((longformer.layers * window) / 2)} on each side that its layers reach computed too, and no token global;`,
        'its ids are drawn, as many as its bytes at four a token. The page has the same slabs in a worker.',
        ...(versions.length + browsers.length === 0 ? [] : [`${[...new Set([...versions, ...browsers])].join('; ')}.`]),
      ].join(' '),
      head: ['work', 'beside', 'theirs', 'Longspan', 'Longspan must be', 'measured', 'error', 'peak memory', 'result'],
      rows: linesOf(findings).map(({ cells }) => cells),
    },
  ];
}

export function modelsHeadline(findings: ModelsFindings): readonly string[] {
  if (findings.outcomes.length === 0) return [];
  const lines = linesOf(findings).filter(({ hasTarget }) => hasTarget);
  return aboutTargets(
    lines.map(({ work, measured, verdict }) => ({ row: `${work} (${measured})`, verdict, isTried: measured !== notMeasured })),
  );
}
