import { dims, type ScoreTerm } from '@longspan/core-tensor';
import { requireGiven, requireIntegers, requireKnown } from '@longspan/core-tensor/error';
import { attentionCall, attentionRows, type RowWeights } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Mask } from '../mask/index.ts';

export interface AttentionWeightsOptions {
  /** The mask of the attention; every query attends to every key by default. */
  readonly mask?: Mask | undefined;
  /** [b, h, nq], as `sparseAttention` returned it. */
  readonly logSumExp: Tensor;
  /** Indices of the queries whose weights are wanted. */
  readonly queries: readonly number[];
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Score terms of core-tensor, as the attention has them. */
  readonly score?: readonly ScoreTerm[] | undefined;
  /** Tokens along each side of a block of the layout; 64 by default, or the length of shorter sequences, filled up to a multiple of 8. */
  readonly blockSize?: number | undefined;
  /** Query i stands at position queryOffset + i; nk − nq by default. */
  readonly queryOffset?: number | undefined;
}

/**
 * Exact rows of the softmax of some queries, from the log-sum-exp of the attention. Never n x n.
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
  const caller = 'attentionWeights';
  requireKnown(caller, options, {
    mask: true,
    logSumExp: true,
    queries: true,
    scale: true,
    score: 'list',
    blockSize: true,
    queryOffset: true,
  });
  const { logSumExp, queries, ...attention } = options;
  requireGiven(caller, 'logSumExp', logSumExp, 'a tensor [b, h, nq], which sparseAttention returns');
  dims(caller, { logSumExp: [logSumExp, 'b h nq:float32'] });
  requireIntegers(caller, 'queries', queries, 0);
  const call = attentionCall(caller, q, k, k, attention); // the values take no part
  return attentionRows(caller, call, { logSumExp, queries });
}
