import { requireKnown } from '@longspan/core-tensor/error';
import { requireRate, requireStep, type Schedule } from './schedule.ts';

export interface InverseSquareRootOptions {
  readonly learningRate: number;
  /** After three times as many steps half the rate is left: the steps of the warm-up, as a rule. */
  readonly timescale: number;
}

/**
 * Down as 1 / √step, without an end.
 * @throws ConfigError when the rate is negative or the timescale is not above 0
 * @source Vaswani et al. 2017 (arXiv 1706.03762) §5.3; Zhai et al. 2022 (arXiv 2106.04560) for the timescale, as in transformers
 * @example
 * [0, 300, 800].map(inverseSquareRoot({ learningRate: 1, timescale: 100 })).map((rate) => Number(rate.toFixed(4))); // => [1, 0.5, 0.3333]
 */
export function inverseSquareRoot(options: InverseSquareRootOptions): Schedule {
  requireKnown('inverseSquareRoot', options, { learningRate: true, timescale: 'positive' });
  const { learningRate, timescale } = options;
  requireRate('inverseSquareRoot', { learningRate, timescale });
  return (step) => {
    requireStep('inverseSquareRoot', step);
    return learningRate / Math.sqrt((step + timescale) / timescale);
  };
}
