import { crossEntropy, type Key } from '@longspan/core-tensor';
import { dispose, type Scalar, slice, tidy, variableGrads } from '@tensorflow/tfjs-core';
import type { TrainBudget } from '../experiments/book/train/budget.ts';
import { median } from '../figures/pairs.ts';
import type { Model } from '../model/model.ts';
import { ScheduledAdam, scheduleFactor } from './scheduled-adam.ts';
import { stretches } from './stretches.ts';

/** Bits per character of the training batches around one step. */
export interface CurvePoint {
  readonly step: number;
  /** Since the first step began. */
  readonly seconds: number;
  readonly bits: number;
}

export interface Trained {
  readonly steps: number;
  readonly seconds: number;
  readonly curve: readonly CurvePoint[];
}

/** Batches whose mean is one point of the curve. */
const smoothedOver = 10;

/**
 * Trains by Adam, warm-up and cosine, on stretches that the key chooses.
 * Without a fixed number of steps, the warm-up's speed says how many fit into the budget; that number as `steps` replays the run.
 */
export async function train(
  { layer, parameters }: Model,
  text: Uint8Array,
  { budget, key, steps }: { readonly budget: TrainBudget; readonly key: Key; readonly steps?: number },
  onStep: (done: number, total: number, bits: number) => Promise<void>,
): Promise<Trained> {
  const { batch, length, seconds, warmupSteps, learningRate } = budget;
  const optimizer = new ScheduledAdam(Object.values(parameters));
  const start = performance.now();
  const stepSeconds: number[] = [];
  const recent: number[] = [];
  const curve: CurvePoint[] = [];
  let total = steps ?? Number.POSITIVE_INFINITY;
  for (let step = 0; step < total; step++) {
    const begun = performance.now();
    const loss = tidy(() => {
      const rows = stretches(text, key.fold(step), batch, length + 1);
      const ids = slice(rows, [0, 0], [batch, length]);
      const targets = slice(rows, [0, 1], [batch, length]);
      const { value, grads } = variableGrads(() => crossEntropy(layer.apply(parameters, ids), targets) as Scalar);
      optimizer.step(grads, learningRate * scheduleFactor(step, warmupSteps, total));
      return value;
    });
    const bits = ((await loss.data())[0] as number) / Math.LN2;
    dispose(loss);
    recent.push(bits);
    if (recent.length > smoothedOver) recent.shift();
    const now = performance.now();
    stepSeconds.push((now - begun) / 1000);
    if (steps === undefined && step + 1 === warmupSteps) total = plannedSteps(stepSeconds, seconds);
    const smooth = recent.reduce((sum, each) => sum + each, 0) / recent.length;
    if (step % 5 === 0 || step + 1 === total) curve.push({ step: step + 1, seconds: (now - start) / 1000, bits: smooth });
    await onStep(step + 1, Number.isFinite(total) ? total : warmupSteps * 10, smooth);
  }
  optimizer.dispose();
  return { steps: total, seconds: (performance.now() - start) / 1000, curve };
}

/** As many as fit, in whole tens; the first steps compile and do not count. */
function plannedSteps(stepSeconds: readonly number[], seconds: number): number {
  const usual = median(stepSeconds.slice(stepSeconds.length >> 1));
  const spent = stepSeconds.reduce((sum, each) => sum + each, 0);
  return stepSeconds.length + Math.max(1, Math.floor((seconds - spent) / usual / 10)) * 10;
}
