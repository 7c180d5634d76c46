import { type AttentionResult, dims, logSumExp } from '@longspan/core-tensor';
import { requireKind } from '@longspan/core-tensor/error';
import { defineOp, type Op, requireFilled, sharesOf, weighted, zeroIfMasked } from '@longspan/core-tensor/kernel';
import { add, equal, mul, split, squeeze, stack, sub, sum, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';

/** Of both sides, [b, h, nq, 1] each. */
const weightsOf = (both: Tensor): readonly [Tensor, Tensor] => split(sharesOf(both, 3), 2, 3) as [Tensor, Tensor];

const merge: Op<readonly [Tensor, Tensor, Tensor, Tensor], [Tensor, Tensor], null> = defineOp({
  name: 'MergeAttention',
  forward([outA, lseA, outB, lseB]: readonly [Tensor, Tensor, Tensor, Tensor]): [Tensor, Tensor] {
    const both = stack([lseA, lseB], -1);
    const [weightA, weightB] = weightsOf(both);
    return [add(weighted(outA, weightA), weighted(outB, weightB)), logSumExp(both)];
  },
  save: { inputs: 'all', outputs: [0, 1] },
  // With w = exp(lse − whole) of one side: d out = w · dOut, d lse = w · (dWhole + dOut · (out − merged)).
  gradient({ inputs: [outA, lseA, outB, lseB], outputs: [merged, whole] }, [dOut, dWhole]) {
    const side = (out: Tensor, weight: Tensor): readonly [Tensor, Tensor] => {
      const difference = where(equal(weight, 0), zerosLike(out), sub(out, merged));
      const ofRow = add(zeroIfMasked(whole, dWhole), sum(mul(dOut, difference), 3));
      return [mul(dOut, weight), mul(squeeze(weight, [3]), ofRow)];
    };
    const [weightA, weightB] = weightsOf(stack([lseA, lseB], -1));
    return [...side(outA, weightA), ...side(outB, weightB)];
  },
});

/**
 * Joins attention over two disjoint key sets into attention over their union. Exact: each side is weighted by exp(lse).
 * @shape a.out, b.out [b, h, nq, dv]; a.logSumExp, b.logSumExp [b, h, nq], nats, of scaled logits
 * @returns the same pair; a row fully masked on both sides stays 0 and −Infinity
 * @throws ShapeError when the two sides disagree in any axis
 * @cost O(b · h · nq · dv) time, two temporaries of out's size
 * @source Milakov & Gimelshein 2018 (arXiv 1805.02867) §3.1; Reformer (arXiv 2001.04451) appendix A joins hash rounds so
 * @example
 * const a = { out: ones([1, 1, 1, 2]), logSumExp: fill([1, 1, 1], Math.log(3)) };
 * const b = { out: zeros([1, 1, 1, 2]), logSumExp: zeros([1, 1, 1]) };
 * await mergeAttention(a, b).out.data(); // => [0.75, 0.75]
 */
export function mergeAttention(a: AttentionResult, b: AttentionResult): AttentionResult {
  requireKind('mergeAttention', 'a', a, 'record');
  requireKind('mergeAttention', 'b', b, 'record');
  const sizes = dims('mergeAttention', {
    'a.out': [a.out, 'b h nq dv:float32'],
    'a.logSumExp': [a.logSumExp, 'b h nq:float32'],
    'b.out': [b.out, 'b h nq dv:float32'],
    'b.logSumExp': [b.logSumExp, 'b h nq:float32'],
  });
  requireFilled('mergeAttention', sizes);
  return merged(a, b);
}

/** The same for results that fit each other. */
export function merged(a: AttentionResult, b: AttentionResult): AttentionResult {
  const [out, whole] = merge([a.out, a.logSumExp, b.out, b.logSumExp], null);
  return { out, logSumExp: whole };
}
