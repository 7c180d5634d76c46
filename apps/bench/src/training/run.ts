import { disposeState, type Key, type Parameters } from '@longspan/core-tensor';
import { type Data, type LossModel, type Optimizer, train } from '@longspan/training';
import { median } from '../figures/pairs.ts';
import { adam, type ScheduleOf } from './schedules.ts';

export interface RunOptions {
  /** Where the first parameters and all that is drawn in the steps come from. */
  readonly key: Key;
  /** A number, or as many as fit into some seconds by the speed of the first ones; that number replays the run. */
  readonly steps: number | { readonly seconds: number; readonly after: number };
  /** While the number of steps is not known yet, a run of those that are timed. */
  readonly schedule: ScheduleOf;
  /** `adam()` by default. */
  readonly optimizer?: Optimizer;
  /** Drawn from the key by default. */
  readonly parameters?: Parameters;
  /** Ends early once the last ten losses are all below this. */
  readonly enough?: number;
}

/** Of a run that is left when its time is over. */
export const mostSteps: number = 2 ** 31 - 1;

/** The steps so far. */
export interface StepsSoFar {
  /** How many there will be; infinite until it is known. */
  readonly total: number;
  /** The loss of each step, in nats. */
  readonly losses: readonly number[];
  /** When each step ended, in seconds since the first began. */
  readonly ends: readonly number[];
}

/**
 * A run of `train` for a number of steps that the clock may choose. Once the first steps are timed the number is fixed, and the learning
 * rate follows steps and no clock: the same number given the next time replays the run.
 * @returns the trained parameters, the caller's
 */
export async function runSteps(
  model: LossModel,
  data: Data,
  { steps, schedule, optimizer = adam(), enough = 0, ...options }: RunOptions,
  onStep: (so: StepsSoFar) => Promise<void>,
): Promise<StepsSoFar & { readonly parameters: Parameters }> {
  const [losses, ends]: [number[], number[]] = [[], []];
  let total = typeof steps === 'number' ? steps : Number.POSITIVE_INFINITY;
  let rates = schedule(typeof steps === 'number' ? steps : steps.after);
  const start = performance.now();
  const run = train(model, data, { ...options, optimizer, steps: mostSteps, schedule: (step) => rates(step) });
  for await (const { step, loss } of run) {
    losses.push(loss);
    ends.push((performance.now() - start) / 1000);
    if (typeof steps !== 'number' && step === steps.after) {
      total = plannedSteps(ends, steps.seconds);
      rates = schedule(total);
    }
    await onStep({ total, losses, ends });
    if (step >= total || (losses.length >= 10 && losses.slice(-10).every((each) => each < enough))) break;
  }
  const { parameters, state } = await run.finish();
  disposeState(state);
  return { total: losses.length, losses, ends, parameters };
}

/** As many as fit, in whole tens; the first steps compile and do not count. */
function plannedSteps(ends: readonly number[], seconds: number): number {
  const each = ends.map((end, at) => end - (ends[at - 1] ?? 0));
  const usual = median(each.slice(each.length >> 1));
  return each.length + Math.max(1, Math.floor((seconds - (ends.at(-1) ?? 0)) / usual / 10)) * 10;
}
