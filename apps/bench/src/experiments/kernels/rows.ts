import { pairedRatio, type Ratio } from '../../figures/pairs.ts';
import { bytes, count, duration, percent } from '../../report/wording.ts';
import { type ExperimentOptions, type Findings, figuresOf, whyNot } from '../../run/experiment.ts';
import type { KernelFigures, Measured } from './input.ts';
import { denseTrainingLength, growthLengths, memorySize, processes, trainingSize } from './points.ts';
import type { Profile } from './profile.ts';
import { type Target, times } from './target.ts';

/** One line of the table of targets. */
export interface Row {
  readonly work: string;
  /** Absent where the row is there for comparison only. */
  readonly target?: Target;
  /** How the figure is written. */
  readonly unit: 'times' | 'share';
  /** The figure, or in words why there is none. */
  measured(findings: Findings<KernelFigures>, random: () => number): Measured | string;
  /** Where the time of the figure goes; undefined where that is not measured. */
  profile(findings: Findings<KernelFigures>): Profile | undefined;
}

const atLeast = (value: number): Target => ({ bound: 'at least', value });
const atMost = (value: number): Target => ({ bound: 'at most', value });

type Find = Pick<Row, 'measured' | 'profile'>;

/** A figure that one point has found. */
const found = (point: string, name = 'time'): Find => ({
  measured: (findings) => figuresOf(findings, point)?.measured[name] ?? whyNot(findings, point),
  profile: (findings) => figuresOf(findings, point)?.profiles[name],
});

/** The ratio of two single figures, over several fresh processes. */
const pooled = (point: string, head: string, base: string, unit: (value: number) => string): Find => ({
  profile: () => undefined,
  measured(findings, random) {
    const names = Array.from({ length: processes(findings.options) }, (_, at) => `${point}, process ${at + 1}`);
    const samples = names.flatMap((name): KernelFigures['samples'][] => {
      const figures = figuresOf(findings, name);
      return figures === undefined ? [] : [figures.samples];
    });
    if (samples.length === 0) return whyNot(findings, names[0] as string);
    const figure: Ratio = pairedRatio(
      samples.map((sample) => ({ base: sample[base] as number, head: sample[head] as number })),
      random,
    );
    const middle = (name: string): string =>
      unit(samples.map((sample) => sample[name] as number).sort((a, b) => a - b)[samples.length >> 1] as number);
    return { figure, base: middle(base), head: middle(head) };
  },
});

const length = count(4096);

/** The rows in the order of the targets. */
export function rowsOf(options: Pick<ExperimentOptions, 'full'>): readonly Row[] {
  const row = (work: string, target: Target | undefined, find: Find, unit: Row['unit'] = 'times'): Row => ({
    work,
    unit,
    ...find,
    ...(target === undefined ? {} : { target }),
  });
  const [training, memory] = [trainingSize(options), memorySize(options)];
  const lengths = growthLengths.slice(1).map((n) => String(n));
  return [
    row(`forward, n = ${length}, against dense as a user writes it`, atLeast(50), found('forward against dense')),
    row(`forward, n = ${length}, against the best dense composition`, atLeast(9), found('forward against dense composition')),
    row(`forward, n = ${length}, against the window in strips of stock ops`, undefined, found('forward against window composition')),
    row(
      `forward + backward, n = ${count(denseTrainingLength(options))}, against dense as a user writes it`,
      options.full ? atLeast(130) : undefined,
      found('forward+backward against dense'),
    ),
    row(
      `forward + backward, n = ${length}, against the best dense composition`,
      atLeast(14),
      found('forward+backward against dense composition'),
    ),
    row(
      `forward + backward, n = ${length}, against the window in strips of stock ops`,
      undefined,
      found('forward+backward against window composition'),
    ),
    row('FLOP rate of forward, share of the SIMD peak', atLeast(0.7), found('rate', 'forward'), 'share'),
    row('FLOP rate of backward, share of the SIMD peak', atLeast(0.7), found('rate', 'backward'), 'share'),
    row(`two threads against one, forward, n = ${length}, 4 heads`, atLeast(1.8), found('forward against one thread')),
    row(`two threads against one, forward + backward, n = ${length}, 4 heads`, atLeast(1.8), found('forward+backward against one thread')),
    ...lengths.map((n) =>
      row(`time per token, forward, ${count(Number(n))} tokens against ${length}`, atMost(1.1), found('growth, forward', n)),
    ),
    ...(options.full ? lengths : lengths.slice(0, -1)).map((n) =>
      row(
        `time per token, forward + backward, ${count(Number(n))} tokens against ${length}`,
        atMost(1.1),
        found('growth, forward+backward', n),
      ),
    ),
    row('fused relative term, forward, against none', atMost(1.8), found('forward against no relative term')),
    row('fused relative term, forward + backward, against none', atMost(1.8), found('forward+backward against no relative term')),
    row('matMul 1024 x 768 x 768', atLeast(1.2), found('product, plain')),
    row('matMul 1024 x 768 x 768, b transposed', atLeast(10), found('product, b transposed')),
    row('matMul 1024 x 768 x 768, a transposed', atLeast(10), found('product, a transposed')),
    row('matMul 1024 x 768 x 768, both transposed', atLeast(10), found('product, both transposed')),
    row('matMul 12 x [512 x 64 x 512]', atLeast(15), found('product, batches')),
    row(
      `training step, ${training.layers} layers, ${training.width} wide, n = ${count(training.n)}`,
      options.full ? atLeast(30) : undefined,
      found('training'),
    ),
    row('building a layout, the first time, of one forward pass', atMost(0.25), pooled('layout', 'first', 'forward', duration), 'share'),
    row('building a layout, cached, of one forward pass', atMost(0.01), pooled('layout', 'cached', 'forward', duration), 'share'),
    row(
      `peak extra memory of forward + backward, ${count(memory.n)} tokens, ${memory.heads} heads, of q, k, v, o and their gradients`,
      atMost(2),
      pooled('memory', 'peakBytes', 'tensorBytes', bytes),
    ),
  ];
}

/** A figure as the table shows it. */
export const written = (value: number, unit: Row['unit']): string => {
  if (unit === 'share') return value < 0.1 ? percent(value) : value.toFixed(2);
  return times(value);
};
