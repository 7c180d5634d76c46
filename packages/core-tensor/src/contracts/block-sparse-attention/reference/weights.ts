import { add, max, mul, softmax, sub, type Tensor } from '@tensorflow/tfjs-core';
import { maskedScore } from '../../../tensor/masked-score.ts';
import type { Scores } from './scores.ts';

export interface Weights {
  /** The softmax of the visible scores [C, B, W · B], 0 elsewhere. */
  readonly weights: Tensor;
  /** The largest visible score of each query [C, B, 1]; meaningless where none is visible. */
  readonly top: Tensor;
}

/**
 * Masked scores are moved far down by arithmetic, and the exponential is left to softmax: among tfjs-wasm's kernels comparisons
 * and exp are slow (8 ns a number), softmax is XNNPACK's (1 ns).
 */
export function weightsOf({ scores, visible }: Pick<Scores, 'scores' | 'visible'>): Weights {
  if (visible === undefined) return { weights: softmax(scores), top: max(scores, 2, true) };
  const moved = add(mul(scores, visible), mul(sub(1, visible), maskedScore));
  return { weights: mul(softmax(moved), visible), top: max(moved, 2, true) };
}
