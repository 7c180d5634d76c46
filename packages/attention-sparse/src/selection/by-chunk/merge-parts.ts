import { logSumExp as logSumExpOf } from '@longspan/core-tensor';
import { sharesOf, weighted } from '@longspan/core-tensor/kernel';
import { expandDims, sum, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Joins attention over any number of disjoint key sets into attention over their union. Off the tape: it has no gradient.
 * @shape out [..., parts, dv]; logSumExp [..., parts], −Infinity where a part was fully masked
 * @returns out [..., dv] and logSumExp [...]
 * @cost O(parts · dv) for each query, two temporaries of out's size
 * @source Milakov & Gimelshein 2018 (arXiv 1805.02867) §3.1
 */
export function mergeParts(out: Tensor, logSumExp: Tensor): { readonly out: Tensor; readonly logSumExp: Tensor } {
  const weights = sharesOf(logSumExp, logSumExp.rank - 1);
  return { out: sum(weighted(out, expandDims(weights, -1)), -2), logSumExp: logSumExpOf(logSumExp) };
}
