import { cast, equal, fill, greaterEqual, lessEqual, logicalAnd, mul, sub, type Tensor, where } from '@tensorflow/tfjs-core';
import { isFloat, requireKnown, show } from '../../../error/index.ts';
import { dims } from '../../../tensor/dims.ts';
import { invalid } from './invalid.ts';
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
 * a negative position is padding, which attends to nothing and is masked for all.
 * @shape query int32 [b|1, h|1, nq]; key int32 [b|1, h|1, nk]
 * @cost some comparisons for each pair of a visited block
 * @param options.causal mask keys that stood after the query
 * @param options.selfScore the score of a token with itself: a large negative number makes it attend to itself only if it
 *   attends to nothing else (Reformer −1e5, local-attention −5e4)
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2
 */
export function originalPositions(options: {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly causal?: boolean | undefined;
  readonly selfScore?: number | undefined;
}): OriginalPositionsTerm {
  requireKnown('originalPositions', options, { query: true, key: true, causal: 'flag', selfScore: 'finite' });
  const { query, key, causal = false, selfScore } = options;
  dims('originalPositions', { query: [query, 'b|1 h|1 nq:int32'], key: [key, 'b|1 h|1 nk:int32'] });
  return { kind: 'originalPositions', query, key, causal, selfScore };
}

/** Float 0 or 1: 0 for padding and, if causal, for later keys. */
function visiblePairs(causal: boolean, query: Tensor, key: Tensor): Tensor {
  const real = logicalAnd(greaterEqual(query, 0), greaterEqual(key, 0));
  return cast(causal ? logicalAnd(real, lessEqual(key, query)) : real, 'float32');
}

/** A token's own key gets `selfScore`, a constant, so no gradient passes it. */
export const originalPositionsRecord: TermRecordOf<OriginalPositionsTerm> = {
  kind: 'originalPositions',
  tensors: { query: 'b|1 h|1 nq:int32', key: 'b|1 h|1 nk:int32' },
  others: ['causal', 'selfScore'],
  single: true,
  check(caller, { selfScore }) {
    if (selfScore === undefined || isFloat(selfScore)) return;
    const remedy = 'use a large negative number (Reformer −1e5), or a mask without the diagonal.';
    throw invalid(caller, 'originalPositions.selfScore', 'a finite number', show(selfScore), remedy);
  },
  step:
    ({ causal, selfScore }) =>
    (scores, { positions }) => {
      const { query, key } = positions();
      const visible = visiblePairs(causal, query, key);
      if (selfScore === undefined) return { scores, visible };
      const own = equal(query, key);
      const other = sub(1, cast(own, 'float32'));
      return {
        scores: where(own, fill(scores.shape, selfScore), scores),
        visible,
        backward: (cotangent) => ({ scores: mul(cotangent, other), contributions: [] }),
      };
    },
  dense({ causal, selfScore }, scores, { queries, keys }) {
    const visible = visiblePairs(causal, queries, keys);
    if (selfScore === undefined) return { visible };
    return { scores: where(equal(queries, keys), fill(scores.shape, selfScore), scores), visible };
  },
};
