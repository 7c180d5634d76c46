import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { requireRate, requireStep, type Schedule } from './schedule.ts';

export interface DecayOptions {
  /** The rate of the first step. */
  readonly learningRate: number;
  /** Steps from there to the end. */
  readonly steps: number;
}

/**
 * Down in a line from the learning rate to 0, where it stays.
 * @throws ConfigError when the rate is negative or the steps are no count
 * @source transformers' get_linear_schedule_with_warmup
 * @example
 * [0, 5, 10, 11].map(linearSchedule({ learningRate: 1, steps: 10 })); // => [1, 0.5, 0, 0]
 */
export function linearSchedule(options: DecayOptions): Schedule {
  requireKnown('linearSchedule', options, { learningRate: true, steps: true });
  const { learningRate, steps } = options;
  requireRate('linearSchedule', { learningRate });
  requireInteger('linearSchedule', { steps }, 1);
  return (step) => {
    requireStep('linearSchedule', step);
    return learningRate * Math.max(0, (steps - step) / steps);
  };
}
