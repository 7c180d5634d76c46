import { requireInteger, requireKind } from '@longspan/core-tensor/error';
import { requireStep, type Schedule } from './schedule.ts';

/**
 * Up in a line from 0, and after so many steps along another schedule, which begins there.
 * @throws ConfigError when the steps are no count
 * @source transformers' schedules: the first step has the rate 0
 * @example
 * [0, 1, 2, 4, 6].map(warmup(2, linearSchedule({ learningRate: 1, steps: 4 }))); // => [0, 0.5, 1, 0.5, 0]
 */
export function warmup(steps: number, schedule: Schedule): Schedule {
  requireInteger('warmup', { steps }, 0);
  requireKind('warmup', 'schedule', schedule, 'function');
  return (step) => {
    requireStep('warmup', step);
    return step < steps ? (schedule(0) * step) / steps : schedule(step - steps);
  };
}
