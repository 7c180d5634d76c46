import { add, expandDims, matMul, mul, reshape, sub, sum, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
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
 * The loss of each row with class weights, from that without: weight · loss, and of label smoothing the part of each class c weighted
 * alike, Σ weight c · −ln p c / classes, as in torch.
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
  const [rows, constant] = [asRows(logits), stopGradient(classWeights)];
  const ofLogits = reshape(matMul(rows, expandDims(constant, 1)), [-1]);
  const spread = sub(mul(logSumExp(rows), sum(constant)), ofLogits);
  const smoothed = add(mul(hit, 1 - labelSmoothing), mul(spread, labelSmoothing / classWeights.size));
  return where(ignored, zerosLike(smoothed), smoothed); // not multiplied: an ignored row's logits may be infinite
}
