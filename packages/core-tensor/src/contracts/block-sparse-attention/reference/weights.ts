import { add, equal, exp, fill, log, max, maximum, mul, softmax, sub, type Tensor, where } from '@tensorflow/tfjs-core';
import { maskedScore } from '../../../tensor/masked-score.ts';
import type { Scores } from './scores.ts';

export interface Weights {
  /** The softmax of the visible scores [C, B, W · B], 0 elsewhere. */
  readonly weights: Tensor;
  /** The log-sum-exp of the visible scores [C, B, 1]; −Infinity where none is visible. */
  readonly logSumExp: () => Tensor;
}

/**
 * Masked scores are lowered far by arithmetic, and the exponential is left to softmax: among tfjs-wasm's kernels comparisons
 * and exp are slow (8 ns a number), softmax is XNNPACK's (1 ns).
 */
export function weightsOf({ scores, visible }: Pick<Scores, 'scores' | 'visible'>): Weights {
  if (visible === undefined) return withTop(softmax(scores), scores);
  const lowered = add(mul(scores, visible), mul(sub(1, visible), maskedScore));
  return withTop(mul(softmax(lowered), visible), lowered);
}

const withTop = (weights: Tensor, scores: Tensor): Weights => ({
  weights,
  logSumExp() {
    // The top score's own weight is exp(top − logSumExp); no visible key, no weight.
    const peak = max(weights, 2, true);
    return where(equal(peak, 0), fill(peak.shape, Number.NEGATIVE_INFINITY), sub(max(scores, 2, true), log(maximum(peak, 1e-38))));
  },
});

/**
 * Softmax rows whose denominator one more score joins: what they are multiplied by, and their log-sum-exp with it.
 * @param joining broadcast to the rows
 */
export function joined(logSumExp: Tensor, joining: Tensor): { readonly weight: Tensor; readonly logSumExp: Tensor } {
  const larger = maximum(logSumExp, joining); // finite, so that a row without keys gives exp(−∞) = 0
  const whole = add(larger, log(add(exp(sub(logSumExp, larger)), exp(sub(joining, larger)))));
  return { weight: exp(sub(logSumExp, whole)), logSumExp: whole };
}
