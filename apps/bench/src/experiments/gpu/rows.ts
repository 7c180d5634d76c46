import { count } from '../../report/wording.ts';
import { type ExperimentOptions, type Findings, found, whyNot } from '../../run/experiment.ts';
import type { Measured } from '../kernels/input.ts';
import type { Target } from '../kernels/target.ts';
import { type GpuFigures, globalTokenCount, runtimeWorks } from './input.ts';
import { runtimeFlag, runtimePoint } from './points.ts';
import { sizesOf } from './sizes.ts';

/** One line of the table of targets. */
export interface Row {
  readonly work: string;
  /** Absent where the sizes are not those that it is stated for. */
  readonly target?: Target;
  readonly unit: 'times' | 'share' | 'dispatches';
  /** The figure, or in words why there is none. */
  measured(findings: Findings<GpuFigures>): Measured | string;
}

/** A time that a point has taken; without timestamps, and on a software adapter, why not. */
const timed =
  (point: string, name: string): Row['measured'] =>
  (findings) => {
    const figures = found(findings, point, 'work');
    if (figures === undefined) return whyNot(findings, point);
    return figures.measured[name] ?? `not measured: ${figures.untimed}`;
  };

/** Our dispatches of a step beside those of stock operations: counted, so the same on every adapter. */
function dispatchesOfTraining(findings: Findings<GpuFigures>): Measured | string {
  const [stock, ours] = found(findings, 'training', 'work')?.counted ?? [];
  if (stock === undefined || ours === undefined) return whyNot(findings, 'training');
  const ratio = ours.dispatches / stock.dispatches;
  return {
    figure: { ratio, low: ratio, high: ratio, rounds: Number.POSITIVE_INFINITY },
    base: count(stock.dispatches),
    head: count(ours.dispatches),
  };
}

export function rowsOf(options: Pick<ExperimentOptions, 'full'>): readonly Row[] {
  const { window, fullBlocks, lengths, linear, training } = sizesOf(options);
  const row = (work: string, target: Target, measured: Row['measured'], unit: Row['unit'] = 'times'): Row => ({
    work,
    unit,
    measured,
    ...(options.full ? { target } : {}),
  });
  const atLeast = (value: number): Target => ({ bound: 'at least', value });
  const atMost = (value: number): Target => ({ bound: 'at most', value });
  const shape = `[1, ${window.heads}, ${count(window.n)}, ${window.headDim}]`;
  const causal = `causal window ${window.left + 1}, ${shape}`;
  const full = `every key visible, [1, ${fullBlocks.heads}, ${count(fullBlocks.n)}, ${fullBlocks.headDim}]`;
  const [first, ...later] = lengths;
  const growth = (pass: string): Row[] =>
    later.map((n) => {
      const work = `time per token, ${pass.replace('+', ' + ')}, ${count(n)} tokens against ${count(first)}`;
      return row(work, atMost(1.1), timed(`growth, ${pass}`, String(n)));
    });
  const step = `training step, ${training.layers} layers, ${training.width} wide, ${count(training.n)} tokens`;
  return [
    row(`${causal}, forward, against tfjs-webgpu dense`, atLeast(15), timed('forward against dense', 'forward')),
    row(
      `${causal}, forward + backward, against tfjs-webgpu dense`,
      atLeast(20),
      timed('forward+backward against dense', 'forward+backward'),
    ),
    row(`${full}, forward, share of the peak of multiply-adds`, atLeast(0.4), timed('full blocks', 'forward'), 'share'),
    row(`${full}, backward, share of the peak of multiply-adds`, atLeast(0.3), timed('full blocks', 'backward'), 'share'),
    ...runtimeWorks.map((work) => {
      const globals = work.pattern === 'global tokens' ? ` and ${globalTokenCount} global tokens` : '';
      const name = `${causal}${globals}, forward, ${work.precision}, against onnxruntime-web on WebGPU`;
      return row(name, atLeast(work.precision === 'float32' ? 1 : 0.7), (findings) =>
        findings.options.full || findings.options.flags[runtimeFlag] === true
          ? timed(runtimePoint(work), runtimePoint(work))(findings)
          : `not measured: --${runtimeFlag} or --full has it`,
      );
    }),
    ...growth('forward'),
    ...growth('forward+backward'),
    row(
      `linear ${linear.rows} x ${linear.inFeatures} x ${linear.outFeatures}, against tfjs-webgpu's matMul`,
      atLeast(1.5),
      timed('linear', 'linear'),
    ),
    row(`${step}, against stock tfjs-webgpu`, atLeast(5), timed('training', 'training')),
    row(`${step}, dispatches of those of stock tfjs-webgpu`, atMost(0.1), dispatchesOfTraining, 'dispatches'),
  ];
}
