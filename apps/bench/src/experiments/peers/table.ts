import { createKey } from '@longspan/core-tensor/key';
import { estimate, pairedRatio } from '../../pairs.ts';
import { randomStream } from '../../random-stream.ts';
import { count, duration, withInterval } from '../../wording.ts';
import { type ExperimentOptions, type Findings, figuresOf, type TitledTable, whyNot } from '../experiment.ts';
import { inverse, type Judgement, judge, type Target, times } from '../kernels/target.ts';
import { base, type PeerFigures, type PeerName, threads } from './input.ts';
import { works } from './works.ts';

export const pointName = (peer: PeerName, round: number): string => `${peer}, round ${round + 1}`;

export const roundsOf = ({ full }: Pick<ExperimentOptions, 'full'>): number => (full ? 5 : 3);

export const lengthsOf = ({ full }: Pick<ExperimentOptions, 'full'>): readonly number[] => (full ? [4096, 16_384] : [4096]);

interface Row {
  readonly work: string;
  readonly peer: PeerName;
  /** What the two sides call it. */
  readonly theirs: string;
  readonly ours: string;
  /** Times as fast as the peer; 'at most' counts the other way, how many times the peer's time ours takes. */
  readonly target?: Target;
}

function rowsOf(options: Pick<ExperimentOptions, 'full'>): Row[] {
  const atLeast = (value: number): Target => ({ bound: 'at least', value });
  const each = (row: (n: number) => Row): Row[] => lengthsOf(options).map(row);
  const window = (n: number): string => `causal window of 512, forward, n = ${count(n)}`;
  const dense = (peer: PeerName, targetOf: (n: number) => number): Row[] =>
    each((n) => ({ work: window(n), peer, theirs: works.attention(n), ours: works.attention(n), target: atLeast(targetOf(n)) }));
  return [
    ...dense('onnxruntime-node', (n) => (n > 4096 ? 6 : 1.5)),
    ...dense('onnxruntime-web', () => 10),
    ...dense('jax-js', () => 10),
    ...each((n) => ({
      work: `Longformer self-attention layer, forward, n = ${count(n)}`,
      peer: 'PyTorch',
      theirs: works.longformer(n),
      ours: works.longformer(n),
      target: atLeast(3),
    })),
    ...each((n) => ({
      work: `Longformer self-attention layer, forward + backward, n = ${count(n)}`,
      peer: 'PyTorch',
      theirs: works.longformerTraining(n),
      ours: works.longformerTraining(n),
      target: atLeast(4),
    })),
    {
      work: `Longformer encoder layer of base size, forward, n = ${count(base.n)}: time of ours over theirs`,
      peer: 'PyTorch',
      theirs: works.encoder,
      ours: works.encoder,
      target: { bound: 'at most', value: 1.3 },
    },
    ...each((n) => ({
      work: `${window(n)}, against compiled flex_attention`,
      peer: 'PyTorch',
      theirs: works.flex(n),
      ours: works.attention(n),
      target: atLeast(1),
    })),
    ...each((n) => ({
      work: `${window(n)}, against scaled_dot_product_attention over all keys before`,
      peer: 'PyTorch',
      theirs: works.dense(n),
      ours: works.attention(n),
    })),
  ];
}

interface Line {
  readonly row: Row;
  readonly judgement: Judgement | undefined;
  readonly cells: readonly string[];
}

function linesOf(findings: Findings<PeerFigures>): Line[] {
  const random = randomStream(createKey(findings.options.seed).fold('peers table'));
  return rowsOf(findings.options).map((row): Line => {
    const { work, peer, theirs, ours, target } = row;
    const must = target === undefined ? '–' : `${target.bound} ${target.value}x`;
    const rounds = Array.from({ length: roundsOf(findings.options) }, (_, round) => ({
      base: timingOf(findings, peer, round, theirs),
      head: timingOf(findings, 'Longspan', round, ours),
    }));
    const pairs = rounds.flatMap(({ base: theirTime, head }) =>
      typeof theirTime === 'number' && typeof head === 'number' ? [{ base: theirTime, head }] : [],
    );
    if (pairs.length === 0) {
      const why = rounds.flatMap(({ base: theirTime, head }) => [theirTime, head]).find((each) => typeof each === 'string');
      return { row, judgement: undefined, cells: [work, peer, must, '–', String(why), '–', '–'] };
    }
    const taken = pairedRatio(pairs, random);
    const figure = target?.bound === 'at most' ? taken : inverse(taken);
    const shown = (side: 'base' | 'head'): string =>
      withInterval(
        estimate(
          pairs.map((pair) => pair[side]),
          random,
        ),
        duration,
      );
    const judgement = target === undefined ? undefined : judge(figure, target);
    const measured = `${times(figure.ratio)} (${times(figure.low)} to ${times(figure.high)})`;
    return { row, judgement, cells: [work, peer, must, measured, judgement ?? 'for comparison', shown('base'), shown('head')] };
  });
}

/** Seconds, or in words why there are none. */
function timingOf(findings: Findings<PeerFigures>, peer: PeerName, round: number, work: string): number | string {
  const point = pointName(peer, round);
  const figures = figuresOf(findings, point);
  if (figures === undefined) return `${peer}: ${whyNot(findings, point)}`;
  const timing = figures.timings[work];
  if (timing === undefined) return `${peer}: not measured`;
  return timing.kind === 'done' ? timing.seconds : `${peer} failed: ${timing.error}`;
}

export function peerTable(findings: Findings<PeerFigures>): TitledTable {
  const versions = [...new Set(findings.outcomes.flatMap(({ ending }) => (ending.kind === 'done' ? ending.result.versions : [])))];
  return {
    title: 'Beside other libraries',
    note: [
      `4 heads of 64, float32, ${threads} threads each where the library has them. Every answer was compared with ours first.`,
      'Each library has fresh processes of its own, in rounds of alternating order; medians with 95 % bootstrap intervals of the ratios round by round.',
      'ONNX Runtime computes the window as a dense graph with an n x n mask; jax-js by its own localWindowSize.',
      ...(versions.length === 0 ? [] : [`${versions.join('; ')}.`]),
    ].join(' '),
    head: ['work', 'library', 'Longspan must be', 'measured', 'result', 'the library', 'Longspan'],
    rows: linesOf(findings).map(({ cells }) => cells),
  };
}

export function peerHeadline(findings: Findings<PeerFigures>): string[] {
  const lines = linesOf(findings).filter(({ row }) => row.target !== undefined);
  const known = lines.filter(({ judgement }) => judgement !== undefined);
  if (known.length === 0) return [];
  const named = (judgement: Judgement | undefined): string =>
    lines
      .filter((line) => line.judgement === judgement)
      .map(({ row, cells }) => `${row.peer}, ${row.work} (${cells[3]})`)
      .join('; ');
  const [missed, open, none] = [named('missed'), named('open'), named(undefined)];
  return [
    `${known.filter(({ judgement }) => judgement === 'met').length} of ${lines.length} targets beside other libraries are met.`,
    ...(missed === '' ? [] : [`Missed: ${missed}.`]),
    ...(open === '' ? [] : [`Open, the interval lies on both sides of the target: ${open}.`]),
    ...(none === '' ? [] : [`Without a figure: ${none}.`]),
  ];
}
