import type { Optimizer } from '@longspan/training';
import { dispose, type Scalar, tidy, type Variable, variableGrads } from '@tensorflow/tfjs-core';
import { median } from '../figures/pairs.ts';
import type { Schedule } from './schedule.ts';
import { type VariableOptimizer, variableOptimizer } from './variable-optimizer.ts';

export type Variables = Readonly<Record<string, Variable>>;

export interface TrainOptions {
  /** A number, or as many as fit into some seconds by the speed of the first ones; that number replays the run. */
  readonly steps: number | { readonly seconds: number; readonly after: number };
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Adam by default. */
  readonly optimizer?: Optimizer;
  /** Ends early once the last ten losses are all below this. */
  readonly enough?: number;
}

/** The steps so far. */
export interface Trained {
  /** How many there will be; infinite until it is known. */
  readonly total: number;
  /** The loss of each step, in nats. */
  readonly losses: readonly number[];
  /** When each step ended, in seconds since the first began. */
  readonly ends: readonly number[];
}

/** Trains variables. The loss is called within a tidy. */
export async function train(
  parameters: Variables,
  loss: (step: number) => Scalar,
  { steps, learningRate, schedule, optimizer: rule, enough = 0 }: TrainOptions,
  onStep: (so: Trained) => Promise<void>,
): Promise<Trained> {
  const optimizer = variableOptimizer(Object.values(parameters), rule);
  const start = performance.now();
  const [losses, ends]: [number[], number[]] = [[], []];
  let total = typeof steps === 'number' ? steps : Number.POSITIVE_INFINITY;
  while (losses.length < total && !(losses.length >= 10 && losses.slice(-10).every((each) => each < enough))) {
    const step = losses.length;
    const value = trainingStep(optimizer, parameters, () => loss(step), learningRate * schedule(step, total));
    losses.push((await value.data())[0] as number);
    dispose(value);
    ends.push((performance.now() - start) / 1000);
    if (Number.isNaN(losses.at(-1))) throw new Error(`the loss of step ${step + 1} is not a number`);
    if (typeof steps !== 'number' && step + 1 === steps.after) total = plannedSteps(ends, steps.seconds);
    await onStep({ total, losses, ends });
  }
  optimizer.dispose();
  return { total: losses.length, losses, ends };
}

/**
 * One step along the gradients of the loss.
 * @returns the loss, a tensor of the caller's
 */
export const trainingStep = (optimizer: VariableOptimizer, parameters: Variables, loss: () => Scalar, learningRate: number): Scalar =>
  tidy(() => {
    const { value, grads } = variableGrads(loss, Object.values(parameters));
    optimizer.step(grads, learningRate);
    return value;
  });

/** As many as fit, in whole tens; the first steps compile and do not count. */
function plannedSteps(ends: readonly number[], seconds: number): number {
  const each = ends.map((end, at) => end - (ends[at - 1] ?? 0));
  const usual = median(each.slice(each.length >> 1));
  return each.length + Math.max(1, Math.floor((seconds - (ends.at(-1) ?? 0)) / usual / 10)) * 10;
}
