import { requireKind } from '@longspan/core-tensor/error';
import { requireStep, type Schedule } from './schedule.ts';

/**
 * The same learning rate at every step.
 * @throws ConfigError when the rate is not a finite number of at least 0
 * @example
 * constantSchedule(3e-4)(1000); // => 3e-4
 */
export function constantSchedule(learningRate: number): Schedule {
  requireKind('constantSchedule', 'learningRate', learningRate, 'amount');
  return (step) => {
    requireStep('constantSchedule', step);
    return learningRate;
  };
}
