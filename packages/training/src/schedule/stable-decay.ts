import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { requireRate, requireStep, type Schedule } from './schedule.ts';

export interface StableDecayOptions {
  readonly learningRate: number;
  /** Steps at the full rate. */
  readonly stableSteps: number;
  /** Steps down in a line, to the floor. */
  readonly decaySteps: number;
  /** Where it stays after that; 0 by default. */
  readonly floor?: number | undefined;
}

/**
 * Level, then down in a line: after a `warmup` the schedule warm-up, stable, decay.
 * @throws ConfigError when a rate is negative or the steps are no counts
 * @source Hu et al. 2024 (arXiv 2404.06395) §4; the line of Hägele et al. 2024 (arXiv 2405.18392)
 * @example
 * [0, 10, 15, 20].map(stableDecay({ learningRate: 1, stableSteps: 10, decaySteps: 10 })); // => [1, 1, 0.5, 0]
 */
export function stableDecay(options: StableDecayOptions): Schedule {
  requireKnown('stableDecay', options, { learningRate: true, stableSteps: true, decaySteps: true, floor: 'amount' });
  const { learningRate, stableSteps, decaySteps, floor = 0 } = options;
  requireRate('stableDecay', { learningRate });
  requireInteger('stableDecay', { stableSteps }, 0);
  requireInteger('stableDecay', { decaySteps }, 1);
  return (step) => {
    requireStep('stableDecay', step);
    const share = Math.min(1, Math.max(0, (step - stableSteps) / decaySteps));
    return learningRate + (floor - learningRate) * share;
  };
}
