import { defineOp, logSumExp as logSumExpOf, type Op } from '@longspan/core-tensor';
import { add, equal, exp, expandDims, mul, sub, sum, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';

/** exp(part − whole) along the last axis; 0 for every part of a whole that is empty (−∞ − −∞ is NaN). */
const shares = (parts: Tensor, whole: Tensor): Tensor =>
  exp(sub(parts, expandDims(where(equal(whole, Number.NEGATIVE_INFINITY), zerosLike(whole), whole), -1)));

const merge: Op<readonly [Tensor, Tensor], [Tensor, Tensor], null> = defineOp({
  name: 'LongspanMergeParts',
  forward([out, logSumExp]: readonly [Tensor, Tensor]): [Tensor, Tensor] {
    const whole = logSumExpOf(logSumExp);
    return [sum(mul(out, expandDims(shares(logSumExp, whole), -1)), -2), whole];
  },
  save: { inputs: 'all', outputs: [0, 1] },
  // With w = exp(part − whole): d out = w · dOut, d part = w · (dWhole + dOut · (out − merged)).
  gradient({ inputs: [out, logSumExp], outputs: [merged, whole] }, [dOut, dWhole]) {
    const weights = shares(logSumExp, whole);
    const seen = where(equal(whole, Number.NEGATIVE_INFINITY), zerosLike(dWhole), dWhole);
    const along = sub(sum(mul(out, expandDims(dOut, -2)), -1), sum(mul(dOut, merged), -1, true));
    return [mul(expandDims(weights, -1), expandDims(dOut, -2)), mul(weights, add(expandDims(seen, -1), along))];
  },
});

/**
 * Joins attention over any number of disjoint key sets into attention over their union.
 * @shape out [..., parts, dv]; logSumExp [..., parts], −Infinity where a part saw nothing
 * @returns out [..., dv] and logSumExp [...]
 * @cost O(parts · dv) for each query, two temporaries of out's size
 * @source Milakov & Gimelshein 2018 (arXiv 1805.02867) §3.1
 */
export function mergeParts(out: Tensor, logSumExp: Tensor): { readonly out: Tensor; readonly logSumExp: Tensor } {
  const [merged, whole] = merge([out, logSumExp], null);
  return { out: merged, logSumExp: whole };
}
