import { stopGradient } from '@longspan/core-tensor';
import { add, cast, div, equal, exp, fill, log, matMul, max, mul, reshape, sub, sum, type Tensor, where } from '@tensorflow/tfjs-core';
import { forQueryHeads } from './heads.ts';

export interface SoftmaxAttentionOptions {
  /** How often each query attends to each key, or which share of it, [b or 1, h or 1, nq, nk]; once by default. */
  readonly counts?: Tensor | undefined;
  /** Added to the scores after they are scaled: [b or 1, h or 1, nq, nk]. */
  readonly scores?: Tensor | undefined;
  /** 1 / sqrt(d) by default. */
  readonly scale?: number | undefined;
}

export interface Attended {
  readonly out: Tensor;
  /** Of the scores that are visible, natural logarithm; −Infinity where a query attends to no key. */
  readonly logSumExp: Tensor;
}

/** The scores of all pairs, n x n. Key heads may be fewer than query heads, which share them. @shape q [b, h, nq, d]; k [b, hkv, nk, d] -> [b, h, nq, nk] */
export function scoresOf(q: Tensor, k: Tensor, { scores, scale }: SoftmaxAttentionOptions = {}): Tensor {
  const [, heads = 0, , headDim = 0] = q.shape;
  const products = mul(matMul(q, forQueryHeads(k, heads), false, true), scale ?? 1 / Math.sqrt(headDim));
  return scores === undefined ? products : add(products, scores);
}

/** exp(score) times how often the key counts, over the sum of these along each row; a row that attends to nothing is 0. */
export function weightsOf(q: Tensor, k: Tensor, options: SoftmaxAttentionOptions = {}): Tensor {
  const { shares, total } = softmaxOf(q, k, options);
  return div(shares, total);
}

/** softmax(q kᵀ) v with all pairs scored. @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv] -> out [b, h, nq, dv] */
export function softmaxAttention(q: Tensor, k: Tensor, v: Tensor, options: SoftmaxAttentionOptions = {}): Attended {
  const { shares, total, top, isFullyMasked } = softmaxOf(q, k, options);
  const logs = add(log(total), top);
  return {
    out: matMul(div(shares, total), forQueryHeads(v, q.shape[1] as number)),
    logSumExp: reshape(where(isFullyMasked, fill(logs.shape, Number.NEGATIVE_INFINITY), logs), q.shape.slice(0, 3)),
  };
}

/** The shares before they are divided by their total, which is 1 for a fully masked row, and what the scores were lowered by. */
function softmaxOf(q: Tensor, k: Tensor, options: SoftmaxAttentionOptions) {
  const all = scoresOf(q, k, options);
  const { counts } = options;
  const scores = counts === undefined ? all : sub(all, mul(cast(equal(stopGradient(counts), 0), 'float32'), 1e9));
  const top = stopGradient(max(scores, 3, true));
  const each = exp(sub(scores, top));
  const shares = counts === undefined ? each : mul(each, counts);
  const visibleSum = sum(shares, 3, true);
  const isFullyMasked = equal(stopGradient(visibleSum), 0);
  return { shares, total: add(visibleSum, cast(isFullyMasked, 'float32')), top, isFullyMasked };
}
