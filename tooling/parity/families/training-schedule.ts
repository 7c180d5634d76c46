import {
  constantSchedule,
  cosineRestarts,
  cosineSchedule,
  inverseSquareRoot,
  linearSchedule,
  type Schedule,
  warmup,
} from '@longspan/training';
import { tensor1d } from '@tensorflow/tfjs-core';
import type { Config } from '../config.ts';
import type { Family } from '../replay.ts';
import { oneWay } from './way.ts';

/** transformers' get_scheduler. */
export const trainingSchedule: Family = ({ config }) => {
  const warmupSteps = config.optionalNumber('num_warmup_steps') ?? 0;
  const schedule = warmup(warmupSteps, scheduleOf(config, warmupSteps));
  const rates = Array.from({ length: config.number('steps') }, (_, step) => schedule(step));
  return { ways: oneWay(() => ({ lr: tensor1d(rates) })) };
};

/** What comes after the warm-up. */
function scheduleOf(config: Config, warmupSteps: number): Schedule {
  const learningRate = config.number('base_lr');
  const specific = config.part('specific');
  const steps = (): number => config.number('num_training_steps') - warmupSteps;
  const name = config.text('name');
  if (name === 'constant' || name === 'constant_with_warmup') return constantSchedule(learningRate);
  if (name === 'linear') return linearSchedule({ learningRate, steps: steps() });
  if (name === 'cosine') return cosineSchedule({ learningRate, steps: steps(), cycles: specific.optionalNumber('num_cycles') });
  if (name === 'cosine_with_restarts') {
    return cosineRestarts({ learningRate, steps: steps(), cycles: specific.optionalNumber('num_cycles') ?? 1 });
  }
  // get_scheduler hands a timescale on to no schedule: it is always the warm-up, or 10,000 without one.
  if (name === 'inverse_sqrt') return inverseSquareRoot({ learningRate, timescale: warmupSteps || 10_000 });
  throw new Error(`no schedule of that name: ${name}`);
}
