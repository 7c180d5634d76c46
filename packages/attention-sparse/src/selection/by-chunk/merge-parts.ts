import { logSumExp as logSumExpOf } from '@longspan/core-tensor';
import { equal, exp, expandDims, mul, sub, sum, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';

/** exp(part − whole) along the last axis: each part's share; 0 for every part of a whole that is empty (−∞ − −∞ is NaN). */
export const sharesOf = (parts: Tensor, whole: Tensor): Tensor =>
  exp(sub(parts, expandDims(where(equal(whole, Number.NEGATIVE_INFINITY), zerosLike(whole), whole), -1)));

/**
 * Joins attention over any number of disjoint key sets into attention over their union. Off the tape: it has no gradient.
 * @shape out [..., parts, dv]; logSumExp [..., parts], −Infinity where a part saw nothing
 * @returns out [..., dv] and logSumExp [...]
 * @cost O(parts · dv) for each query, two temporaries of out's size
 * @source Milakov & Gimelshein 2018 (arXiv 1805.02867) §3.1
 */
export function mergeParts(out: Tensor, logSumExp: Tensor): { readonly out: Tensor; readonly logSumExp: Tensor } {
  const whole = logSumExpOf(logSumExp);
  return { out: sum(mul(out, expandDims(sharesOf(logSumExp, whole), -1)), -2), logSumExp: whole };
}
