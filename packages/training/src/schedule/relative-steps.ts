import { requireKnown } from '@longspan/core-tensor/error';
import { requireStep, type Schedule } from './schedule.ts';

export interface RelativeStepsOptions {
  /** The most that a step may take; 0.01 by default. */
  readonly most?: number | undefined;
  /** What the bound rises by from step to step, from 0 on, instead of being the same all the time: 1e-6 is transformers' `warmup_init`. */
  readonly rise?: number | undefined;
}

/**
 * Adafactor's own step sizes: 1 / √step, and no more than a bound.
 * @throws ConfigError when a number is negative
 * @source Shazeer & Stern 2018 (arXiv 1804.04235) §9
 * @example
 * [0, 9999, 39999].map(relativeSteps()); // => [0.01, 0.01, 0.005]
 */
export function relativeSteps(options: RelativeStepsOptions = {}): Schedule {
  requireKnown('relativeSteps', options, { most: 'amount', rise: 'amount' });
  const { most = 1e-2, rise } = options;
  return (step) => {
    requireStep('relativeSteps', step);
    const bound = rise === undefined ? most : rise * (step + 1);
    return Math.min(bound, 1 / Math.sqrt(step + 1));
  };
}
