import { type AttentionResult, dims, stopGradient } from '@longspan/core-tensor';
import { requireKeyHeads, requireKind } from '@longspan/core-tensor/error';
import { partWeights, requireFilled, vectorLengths } from '@longspan/core-tensor/kernel';
import { add, clipByValue, div, equal, max, min, mul, onesLike, reshape, sub, type Tensor, tidy, where } from '@tensorflow/tfjs-core';

/** What attention loses by leaving keys out, for each query. */
export interface DroppedMass {
  /** [b, h, nq]: the share of the whole softmax that lies on the keys left out, 0 to 1. */
  readonly mass: Tensor;
  /** [b, h, nq]: the length of `out − whole out` is at most this. */
  readonly bound: Tensor;
}

/**
 * How much of the attention a sparse pattern leaves out, and how far its output can be from the whole one for that: from the two
 * log-sum-exps alone, so for any mechanism that returns one (a mask, topKAttention, mobaAttention) and without the whole output.
 *
 * With δ the mass left out, o the output over the kept keys and m the mean of the values left out under their own softmax, the whole
 * output is (1 − δ) o + δ m, so the error is exactly δ · |m − o|. As a mean of values m lies in any ball that holds them all, with
 * center c and radius r, hence |m − o| ≤ |o − c| + r, and the error is at most δ · (|o − c| + r) ≤ 2 δ r. Here c is the middle of the
 * values' range in each feature, over all keys of a head. Two keys of equal score, one of them left out, reach the bound.
 *
 * The kept keys must be among the whole's, under the same scale and score terms; dropout has no part in either log-sum-exp.
 * @shape part.out [b, h, nq, dv]; part.logSumExp, whole.logSumExp [b, h, nq]; v [b, hkv, nk, dv]
 * @returns mass and bound; 0 where the whole is fully masked, mass 1 where only the part is
 * @throws ShapeError when the arguments do not fit
 * @cost O(b · (h · nq + hkv · nk) · dv) time, a few temporaries of out's size; `whole` once costs attention over all pairs, streamed
 * @source the identity after Milakov & Gimelshein 2018 (arXiv 1805.02867) §3.1, and the triangle inequality
 * @example
 * const [q, k, v] = [zeros([1, 1, 1, 4]), zeros([1, 1, 2, 4]), tensor4d([3, 5], [1, 1, 2, 1])];
 * const part = sparseAttention(q, k, v, { mask: keysAt([0]) }); // 3, where the whole is 4
 * const { mass, bound } = droppedMass(part, sparseAttention(q, k, v), v);
 * [await mass.data(), await bound.data()]; // => [[0.5], [1]]
 */
export function droppedMass(part: AttentionResult, whole: Pick<AttentionResult, 'logSumExp'>, v: Tensor): DroppedMass {
  requireKind('droppedMass', 'part', part, 'record');
  requireKind('droppedMass', 'whole', whole, 'record');
  const { b, h, hkv, nq, nk, dv } = dims('droppedMass', {
    'part.out': [part.out, 'b h nq dv:float32'],
    'part.logSumExp': [part.logSumExp, 'b h nq:float32'],
    'whole.logSumExp': [whole.logSumExp, 'b h nq:float32'],
    v: [v, 'b hkv nk dv:float32'],
  });
  requireFilled('droppedMass', { b, h, hkv, nq, nk, dv });
  requireKeyHeads('droppedMass', { h, hkv }, { q: 'part.out', k: 'v' });
  return tidy(() => {
    const mass = sub(1, keptMass(part.logSumExp, whole.logSumExp));
    const [low, high] = [min(v, 2, true), max(v, 2, true)];
    const center = add(low, div(sub(high, low), 2));
    const radius = max(vectorLengths(sub(v, center)), 2, true); // [b, hkv, 1]
    const byKeyHead = reshape(part.out, [b, hkv, (h / hkv) * nq, dv]);
    const reach = add(vectorLengths(sub(byKeyHead, center)), radius);
    return { mass, bound: mul(mass, reshape(reach, [b, h, nq])) };
  });
}

/**
 * The share of the whole softmax that lies on the kept keys; 1 where the whole is empty, since nothing is lost.
 * @shape both [b, h, nq], natural logarithms
 */
function keptMass(part: Tensor, whole: Tensor): Tensor {
  return tidy(() => {
    const kept = clipByValue(partWeights(part, whole), 0, 1); // above 1 by rounding only
    return where(equal(stopGradient(whole), Number.NEGATIVE_INFINITY), onesLike(whole), kept);
  });
}
