import { abs, add, expandDims, less, matMul, max, mul, reshape, sub, sum, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import { readTargets } from '../contracts/cross-entropy/rows-of-targets.ts';
import { logSumExp } from '../tensor/log-sum-exp.ts';
import { asRows } from '../tensor/rows.ts';
import { rowsOf } from '../tensor/rows-of.ts';
import { stopGradient } from '../tensor/stop-gradient.ts';

export interface WeightedTargets {
  /** [rows]: the weight of each row's target; 0 for ignored rows, NaN where the target is no class. */
  readonly weights: Tensor;
  /** Bool [rows] */
  readonly ignored: Tensor;
}

/** @shape classWeights [classes]; targets int32 [...] */
export function weightedTargets(classWeights: Tensor, targets: Tensor, ignoreIndex: number): WeightedTargets {
  const { ignored, weights, safe } = readTargets(targets, ignoreIndex, classWeights.size);
  return { ignored, weights: mul(weights, rowsOf(stopGradient(classWeights), safe)) };
}

/**
 * The loss of each row with class weights, from that without: (1 − ε) · weight target · −ln p target + ε / classes · Σ weight c · −ln p c, as
 * in torch: each class of the smoothing part has its own weight.
 * @shape logits [..., classes]; losses [...], unsmoothed; returns [rows]
 */
export function weightedLosses(
  { logits, losses, classWeights }: { readonly logits: Tensor; readonly losses: Tensor; readonly classWeights: Tensor },
  { weights, ignored }: WeightedTargets,
  labelSmoothing: number,
): Tensor {
  const flat = reshape(losses, [-1]);
  const hit = mul(flat, weights);
  if (labelSmoothing === 0) return where(ignored, zerosLike(hit), hit);
  const given = asRows(logits);
  const constant = stopGradient(classWeights);
  // Zeros already here, and not only at the end: the slope 0 of an ignored row times its own logits would be NaN where they are not finite.
  const rows = shifted(where(reshape(ignored, [-1, 1]), zerosLike(given), given));
  const ofLogits = reshape(matMul(rows, expandDims(constant, 1)), [-1]);
  const spread = sub(mul(logSumExp(rows), sum(constant)), ofLogits);
  const smoothed = add(mul(hit, 1 - labelSmoothing), mul(spread, labelSmoothing / classWeights.size));
  return where(ignored, zerosLike(smoothed), smoothed);
}

/**
 * Rows with their largest number taken off: the loss is the same, and the two sums whose difference it is do not cancel where all logits
 * are far from 0.
 */
function shifted(rows: Tensor): Tensor {
  const largest = stopGradient(max(rows, 1, true));
  return sub(rows, where(less(abs(largest), Number.POSITIVE_INFINITY), largest, zerosLike(largest))); // ∞ − ∞ is NaN
}
