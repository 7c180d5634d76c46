import { dims, type ScoreTerm } from '@longspan/core-tensor';
import { attentionRows, type RowWeights } from '@longspan/core-tensor/kernel';
import { createLayout } from '@longspan/core-tensor/layout';
import type { Tensor } from '@tensorflow/tfjs-core';
import { everything, type Mask } from '../mask/index.ts';

export interface AttentionWeightsOptions {
  /** The mask of the attention; everyone sees everyone by default. */
  readonly mask?: Mask | undefined;
  /** [b, h, nq], as `sparseAttention` returned it. */
  readonly logSumExp: Tensor;
  /** Indices of the queries to look at. */
  readonly queries: readonly number[];
  readonly scale?: number | undefined;
  readonly score?: readonly ScoreTerm[] | undefined;
  readonly queryOffset?: number | undefined;
}

/**
 * Exact rows of the softmax for chosen queries, from the log-sum-exp of the attention. Never n x n.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]
 * @returns keys int32 and weights, both [b, h, queries, width]: each query's visible keys, ascending (−1 after the last one)
 * @throws ShapeError, ConfigError when an argument does not fit or a query is not there
 * @cost O(b · h · queries · visible keys · d) time and memory, and the layout once
 * @example
 * const x = zeros([1, 1, 4, 8]);
 * const mask = slidingWindow({ left: 1, right: 0 });
 * const { logSumExp } = sparseAttention(x, x, x, { mask });
 * const { keys, weights } = attentionWeights(x, x, { mask, logSumExp, queries: [0, 3] });
 * await keys.array(); // => [[[[0, -1], [2, 3]]]]
 * await weights.array(); // => [[[[1, 0], [0.5, 0.5]]]]
 */
export function attentionWeights(q: Tensor, k: Tensor, options: AttentionWeightsOptions): RowWeights {
  const { mask = everything(), queryOffset, ...rest } = options;
  const { nq, nk } = dims('attentionWeights', { q: [q, 'b h nq d'], k: [k, 'b hkv nk d'] });
  return attentionRows(q, k, { ...rest, layout: createLayout(mask, { queryLength: nq, keyLength: nk, queryOffset }) });
}
