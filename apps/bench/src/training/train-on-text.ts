import { crossEntropy, type Key } from '@longspan/core-tensor';
import type { Scalar } from '@tensorflow/tfjs-core';
import type { Model } from '../model/model.ts';
import { lesson } from './excerpts.ts';
import { cosine } from './schedule.ts';
import { train } from './train.ts';

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
  readonly steps: number;
  readonly seconds: number;
  readonly curve: readonly CurvePoint[];
}

/** Batches whose mean is one point of the curve. */
const smoothedOver = 10;

/**
 * Trains a model of the next byte by Adam, warm-up and cosine, on excerpts that the key chooses.
 * @param options.steps as many as fit into the seconds by default
 */
export async function trainOnText(
  { layer, parameters }: Model,
  text: Uint8Array,
  options: TextTraining & { readonly key: Key; readonly steps?: number | undefined },
  onStep: (done: number, total: number, bits: number) => Promise<void>,
): Promise<TrainedOnText> {
  const { batch, length, seconds, warmupSteps, learningRate, key, steps } = options;
  const loss = (step: number): Scalar => {
    const { ids, targets } = lesson(text, key.fold(step), batch, length);
    return crossEntropy(layer.apply(parameters, ids), targets) as Scalar;
  };
  const { total, losses, ends } = await train(
    parameters,
    loss,
    { steps: steps ?? { seconds, after: warmupSteps }, learningRate, schedule: cosine(warmupSteps) },
    (so) => onStep(so.losses.length, Number.isFinite(so.total) ? so.total : warmupSteps * 10, bitsAround(so.losses, so.losses.length)),
  );
  const shown = losses.map((_, at) => at).filter((at) => at % 5 === 0 || at + 1 === total);
  const curve = shown.map((at) => ({ step: at + 1, seconds: ends[at] as number, bits: bitsAround(losses, at + 1) }));
  return { steps: total, seconds: ends.at(-1) ?? 0, curve };
}

/** Bits per character of the last batches up to a step. */
function bitsAround(losses: readonly number[], step: number): number {
  const recent = losses.slice(Math.max(0, step - smoothedOver), step);
  return recent.reduce((sum, each) => sum + each, 0) / recent.length / Math.LN2;
}
