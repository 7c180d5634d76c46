import type { Key, Parameters } from '@longspan/core-tensor';
import type { LossModel, Optimizer } from '@longspan/training';
import { lessons } from './excerpts.ts';
import { runSteps } from './run.ts';
import { cosine } from './schedules.ts';

/** All that decides how long training on a text takes and what comes of it. */
export interface TextTraining {
  /** Excerpts in one step, and bytes in each. */
  readonly batch: number;
  readonly length: number;
  /** For the steps; evaluating and writing come on top. */
  readonly seconds: number;
  /** Steps over which the learning rate rises; their speed says how many fit. */
  readonly warmupSteps: number;
  readonly learningRate: number;
}

/** Bits per character of the training batches around one step. */
export interface CurvePoint {
  readonly step: number;
  /** Since the first step began. */
  readonly seconds: number;
  readonly bits: number;
}

export interface TrainedOnText {
  /** The caller's. */
  readonly parameters: Parameters;
  readonly steps: number;
  readonly seconds: number;
  readonly curve: readonly CurvePoint[];
}

/** Batches whose mean is one point of the curve. */
const smoothedOver = 10;

/**
 * Trains a model of the next byte with warm-up and cosine, on excerpts that the key chooses.
 * @param options.steps as many as fit into the seconds by default
 * @param options.optimizer Adam by default
 */
export async function trainOnText(
  model: LossModel,
  text: Uint8Array,
  options: TextTraining & { readonly key: Key; readonly steps?: number | undefined; readonly optimizer?: Optimizer },
  onStep: (done: number, total: number, bits: number) => Promise<void>,
): Promise<TrainedOnText> {
  const { batch, length, seconds, warmupSteps, learningRate, key, steps, optimizer } = options;
  const { total, losses, ends, parameters } = await runSteps(
    model,
    lessons(text, key.fold('batches'), batch, length),
    {
      key,
      steps: steps ?? { seconds, after: warmupSteps },
      schedule: cosine(warmupSteps, learningRate),
      ...(optimizer === undefined ? {} : { optimizer }),
    },
    (so) => onStep(so.losses.length, Number.isFinite(so.total) ? so.total : warmupSteps * 10, bitsAround(so.losses, so.losses.length)),
  );
  const shown = losses.map((_, at) => at).filter((at) => at % 5 === 0 || at + 1 === total);
  const curve = shown.map((at) => ({ step: at + 1, seconds: ends[at] as number, bits: bitsAround(losses, at + 1) }));
  return { parameters, steps: total, seconds: ends.at(-1) ?? 0, curve };
}

/** Bits per character of the last batches up to a step. */
function bitsAround(losses: readonly number[], step: number): number {
  const recent = losses.slice(Math.max(0, step - smoothedOver), step);
  return recent.reduce((sum, each) => sum + each, 0) / recent.length / Math.LN2;
}
