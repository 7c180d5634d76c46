import { crossEntropy, dims, type LayerContext } from '@longspan/core-tensor';
import { ShapeError } from '@longspan/core-tensor/error';
import {
  abs,
  add,
  cast,
  exp,
  fill,
  greaterEqual,
  log1p,
  maximum,
  mean,
  mul,
  neg,
  relu,
  reshape,
  slice,
  squaredDifference,
  sub,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import type { ProblemType } from '../config/kinds.ts';

export interface Labels extends LayerContext {
  /**
   * int32 [b, n] for each token, −100 where there is no loss; int32 [b] for a class of each text; float32 [b] or [b, labels] for regression
   * and for several classes at once.
   */
  readonly labels: Tensor;
}

export interface SpanLabels extends LayerContext {
  /** int32 [b]: the token that each answer begins with. */
  readonly startPositions: Tensor;
  /** int32 [b]: the token that it ends with. */
  readonly endPositions: Tensor;
}

/** The mean cross entropy of all tokens whose label is not −100. @shape logits [b, n, classes]; labels int32 [b, n] -> a scalar */
export const tokenLoss = (logits: Tensor, labels: Tensor, ignoreIndex = -100): Tensor => crossEntropy(logits, labels, { ignoreIndex });

/** The same for the next token of each: labels are given unshifted. @shape logits [b, n, classes]; labels int32 [b, n] -> a scalar */
export function nextTokenLoss(logits: Tensor, labels: Tensor): Tensor {
  const { batch, length, classes } = dims('nextTokenLoss', {
    logits: [logits, 'batch length classes'],
    labels: [labels, 'batch length:int32'],
  });
  return tokenLoss(slice(logits, [0, 0, 0], [batch, length - 1, classes]), slice(labels, [0, 1], [batch, length - 1]));
}

/**
 * The loss of a classification of whole texts, as Hugging Face has it: what the config says, else a mean squared error where there is one
 * label, cross entropy where labels are int32, and binary cross entropy of each class where they are float32.
 * @shape logits [b, labels] -> a scalar
 */
export function classificationLoss(logits: Tensor, labels: Tensor, problemType: ProblemType | undefined): Tensor {
  const classes = logits.shape[1] as number;
  const found =
    problemType ?? (classes === 1 ? 'regression' : labels.dtype === 'int32' ? 'single_label_classification' : 'multi_label_classification');
  if (found === 'single_label_classification') {
    dims('classificationLoss', { logits: [logits, 'b classes'], labels: [labels, 'b:int32'] });
    return crossEntropy(logits, labels);
  }
  requireSize(logits, labels);
  const targets = cast(reshape(labels, logits.shape), 'float32');
  if (found === 'regression') return mean(squaredDifference(logits, targets));
  // max(x, 0) − x · y + ln(1 + exp(−|x|)): no exponential overflows.
  return mean(add(sub(relu(logits), mul(logits, targets)), log1p(exp(neg(abs(logits))))));
}

function requireSize(logits: Tensor, labels: Tensor): void {
  if (labels.size === logits.size) return;
  throw new ShapeError({
    caller: 'classificationLoss',
    problem: 'labels must hold one number for each logit.',
    expected: `[${logits.shape.join(', ')}]  (set by the logits)`,
    got: `[${labels.shape.join(', ')}]`,
    remedy: "set problem_type: 'single_label_classification' in the config for classes by number (int32).",
  });
}

/**
 * The mean of the cross entropies of first and last tokens. A position beyond the text is ignored, as in Hugging Face.
 * @shape logits [b, n, 2]; positions int32 [b] -> a scalar
 */
export function spanLoss({ start, end }: { readonly start: Tensor; readonly end: Tensor }, labels: SpanLabels): Tensor {
  const { startPositions, endPositions } = labels;
  dims('spanLoss', { logits: [start, 'b n'], startPositions: [startPositions, 'b:int32'], endPositions: [endPositions, 'b:int32'] });
  const length = start.shape[1] as number;
  const of = (logits: Tensor, positions: Tensor): Tensor => {
    const given = cast(positions, 'float32'); // exact below 2^24; comparisons of int32 are not on every backend
    const isBeyond = greaterEqual(given, length);
    return crossEntropy(logits, cast(where(isBeyond, fill(given.shape, -100), maximum(given, 0)), 'int32'));
  };
  return mul(add(of(start, startPositions), of(end, endPositions)), 0.5);
}
