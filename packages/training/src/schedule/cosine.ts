import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import type { DecayOptions } from './linear.ts';
import { requireRate, requireStep, type Schedule } from './schedule.ts';

export interface CosineOptions extends DecayOptions {
  /** Whole waves within the steps; 0.5 by default, which ends at the floor. Past the steps the wave goes on. */
  readonly cycles?: number | undefined;
  /** The least rate; 0 by default. */
  readonly floor?: number | undefined;
}

/**
 * Down along a cosine from the learning rate to the floor.
 * @throws ConfigError when a rate is negative or the steps are no count
 * @source Loshchilov & Hutter 2017 (arXiv 1608.03983); the waves as in transformers' get_cosine_schedule_with_warmup
 * @example
 * [0, 5, 10].map(cosineSchedule({ learningRate: 1, steps: 10, floor: 0.1 })); // => [1, 0.55, 0.1]
 */
export function cosineSchedule(options: CosineOptions): Schedule {
  requireKnown('cosineSchedule', options, { learningRate: true, steps: true, cycles: 'amount', floor: 'amount' });
  const { learningRate, steps, cycles = 0.5, floor = 0 } = options;
  requireRate('cosineSchedule', { learningRate });
  requireInteger('cosineSchedule', { steps }, 1);
  return (step) => {
    requireStep('cosineSchedule', step);
    return floor + (learningRate - floor) * Math.max(0, 0.5 * (1 + Math.cos(2 * Math.PI * cycles * (step / steps))));
  };
}

export interface RestartOptions extends DecayOptions {
  /** How often it begins again within the steps, the first time included. */
  readonly cycles: number;
}

/**
 * Down along a cosine to 0, several times over, each time from the full learning rate; 0 past the steps.
 * @throws ConfigError when the rate is negative, or steps or cycles are no count
 * @source Loshchilov & Hutter 2017 (arXiv 1608.03983), as transformers' get_cosine_with_hard_restarts_schedule_with_warmup
 * @example
 * [0, 5, 10, 20].map(cosineRestarts({ learningRate: 1, steps: 20, cycles: 2 })); // => [1, 0.5, 1, 0]
 */
export function cosineRestarts(options: RestartOptions): Schedule {
  requireKnown('cosineRestarts', options, { learningRate: true, steps: true, cycles: true });
  const { learningRate, steps, cycles } = options;
  requireRate('cosineRestarts', { learningRate });
  requireInteger('cosineRestarts', { steps, cycles }, 1);
  return (step) => {
    requireStep('cosineRestarts', step);
    if (step >= steps) return 0;
    return learningRate * 0.5 * (1 + Math.cos(Math.PI * (((cycles * step) / steps) % 1)));
  };
}
