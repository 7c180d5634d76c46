import { add, cast, equal, greaterEqual, lessEqual, logicalAnd, mul, sub, type Tensor } from '@tensorflow/tfjs-core';
import type { TermRecordOf } from './term-record.ts';

export interface OriginalPositionsTerm {
  readonly kind: 'originalPositions';
  readonly query: Tensor;
  readonly key: Tensor;
  readonly causal: boolean;
  readonly selfScore: number | undefined;
}

/**
 * Says where queries and keys stood before a sort or a gather. Distances (ALiBi, span, distance bias) are then between these;
 * a negative position is padding, which sees nothing and is not seen.
 * @shape query int32 [b|1, h|1, nq]; key int32 [b|1, h|1, nk]
 * @cost some comparisons for each pair of a visited block
 * @param options.causal hide keys that stood after the query
 * @param options.selfScore the score of a token with itself: a large negative number makes it attend to itself only if it
 *   sees nothing else (Reformer −1e5, local-attention −5e4)
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2
 */
export const originalPositions = ({
  query,
  key,
  causal = false,
  selfScore,
}: {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly causal?: boolean | undefined;
  readonly selfScore?: number | undefined;
}): OriginalPositionsTerm => ({ kind: 'originalPositions', query, key, causal, selfScore });

/** Hides padding and, if causal, later keys. */
function seen(causal: boolean, query: Tensor, key: Tensor): Tensor {
  const real = logicalAnd(greaterEqual(query, 0), greaterEqual(key, 0));
  return cast(causal ? logicalAnd(real, lessEqual(key, query)) : real, 'float32');
}

/** A token's own key gets `selfScore`, a constant, so no gradient passes it. */
export const originalPositionsRecord: TermRecordOf<OriginalPositionsTerm> = {
  kind: 'originalPositions',
  tensors: { query: 'b|1 h|1 nq:int32', key: 'b|1 h|1 nk:int32' },
  single: true,
  step:
    ({ causal, selfScore }) =>
    (scores, { positions }) => {
      const { query, key } = positions();
      const visible = seen(causal, query, key);
      if (selfScore === undefined) return { scores, visible };
      const own = cast(equal(query, key), 'float32');
      const other = sub(1, own);
      return {
        scores: add(mul(scores, other), mul(own, selfScore)),
        visible,
        pull: (cotangent) => ({ scores: mul(cotangent, other), contributions: [] }),
      };
    },
  dense({ causal, selfScore }, scores, { queries, keys }) {
    const visible = seen(causal, queries, keys);
    if (selfScore === undefined) return { visible };
    const own = cast(equal(queries, keys), 'float32');
    return { scores: add(mul(scores, sub(1, own)), mul(own, selfScore)), visible };
  },
};
