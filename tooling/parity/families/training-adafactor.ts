import { adafactor, adafactorRate, constantSchedule, type OptimizerState, relativeSteps } from '@longspan/training';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Family } from '../replay.ts';
import { optimizerRun } from './optimizer-run.ts';
import { oneWay } from './way.ts';

/** Our parts of the state by transformers' names. */
const parts: Readonly<Record<string, string>> = {
  exp_avg: 'firstMoment',
  exp_avg_sq: 'secondMoment',
  exp_avg_sq_row: 'secondMomentOfRows',
  exp_avg_sq_col: 'secondMomentOfColumns',
};

/** transformers' Adafactor over some steps, with relative step sizes or with a learning rate that is given. */
export const trainingAdafactor: Family = ({ config }) => {
  const options = config.part('options');
  const [epsilon, leastScale] = options.numbers('eps') as [number, number];
  const scale = options.flag('scale_parameter') ? leastScale : 0;
  const optimizer = adafactor({
    epsilon,
    clipThreshold: options.number('clip_threshold'),
    decayRate: options.number('decay_rate'),
    beta1: options.optionalNumber('beta1'),
    weightDecay: options.number('weight_decay'),
    leastScale: scale,
  });
  const isRelative = options.flag('relative_step');
  const schedule = isRelative ? relativeSteps(options.flag('warmup_init') ? { rise: 1e-6 } : {}) : constantSchedule(options.number('lr'));
  const first = config.number('first_step');
  const ways = oneWay((inputs) => {
    const parameters = inputs.parameters();
    const state: Record<string, Tensor | number> = {};
    for (const name of Object.keys(parameters)) {
      if (first > 0) state[`step.${name}`] = first;
      for (const [theirs, ours] of Object.entries(parts)) {
        const found = inputs.find(`in.state.${theirs}.${name}`);
        if (found !== undefined) state[`${ours}.${name}`] = found;
      }
    }
    return optimizerRun(inputs, config.number('steps'), { parameters, state: state as OptimizerState, parts, optimizer }, (at, now) => ({
      learningRate: schedule(first + at),
      outputs: (name) => ({ lr: adafactorRate(now[name] as Tensor, schedule(first + at), scale) }),
    }));
  });
  return { ways };
};
