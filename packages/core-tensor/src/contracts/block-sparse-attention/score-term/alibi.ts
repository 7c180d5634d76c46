import { abs, mul, neg, sub, type Tensor } from '@tensorflow/tfjs-core';
import { dims } from '../../../tensor/dims.ts';
import { byHead, ofHeads, perRow } from './per-head.ts';
import { distances } from './positions.ts';
import type { TermRecordOf } from './term-record.ts';

export interface AlibiTerm {
  readonly kind: 'alibi';
  readonly slopes: Tensor;
}

/**
 * Subtracts slope · |query − key|.
 * @shape slopes [h]
 * @cost two operations for each pair of a visited block
 * @source Press et al. 2022 (arXiv 2108.12409) §3; taken symmetric for keys after the query
 */
export function alibi(slopes: Tensor): AlibiTerm {
  dims('alibi', { slopes: [slopes, 'h:float32'] });
  return { kind: 'alibi', slopes };
}

export const alibiRecord: TermRecordOf<AlibiTerm> = {
  kind: 'alibi',
  tensors: { slopes: 'h:float32' },
  step:
    ({ slopes }) =>
    (scores, place) => {
      const distance = abs(distances(place.positions()));
      return {
        scores: sub(scores, mul(perRow(slopes, place), distance)),
        backward: (cotangent) => ({ scores: cotangent, contributions: [byHead(neg(mul(cotangent, distance)), place)] }),
      };
    },
  dense: ({ slopes }, scores, { queries, keys }) => ({ scores: sub(scores, mul(ofHeads(slopes), abs(sub(queries, keys)))) }),
};
