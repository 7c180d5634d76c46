import type { AttentionResult, BlockLayout } from '@longspan/core-tensor';
import { requireKnown } from '@longspan/core-tensor/error';
import { attentionCall, explainAttention, runAttention } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Cost, costOf } from '../analysis/cost.ts';
import { attentionOptionNames, type SparseAttentionOptions } from './options.ts';

/** Which kernel a call runs on, why, and what it costs. */
export interface Explanation extends Cost {
  readonly kernel: string;
  /** The kernel's name and why each faster one was passed over. */
  readonly reason: string;
  readonly layout: BlockLayout;
}

/**
 * Softmax attention over the pairs that a mask allows, at the cost of the visited blocks: forward, backward, time and memory.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv], float32; h a multiple of hkv (grouped-query heads)
 * @returns out [b, h, nq, dv] and logSumExp [b, h, nq], nats. A fully masked query gets zeros and −Infinity.
 * @throws ShapeError, ConfigError when an argument does not fit, before anything is computed
 * @cost 2 · visited pairs · (d + dv) multiply-adds forward, 2.5 times that backward; the layout is cached by mask and lengths
 * @source Child et al. 2019 (arXiv 1904.10509); Beltagy et al. 2020 (arXiv 2004.05150); Dao et al. 2022 (arXiv 2205.14135) §3.3
 * @example
 * const values = tensor4d([1, 2, 3, 4], [1, 1, 4, 1]);
 * const same = zeros([1, 1, 4, 8]);
 * const { out } = sparseAttention(same, same, values, { mask: slidingWindow({ left: 1, right: 0 }) });
 * await out.data(); // => [1, 1.5, 2.5, 3.5]
 */
export function sparseAttention(q: Tensor, k: Tensor, v: Tensor, options: SparseAttentionOptions = {}): AttentionResult {
  requireKnown('sparseAttention', options, attentionOptionNames);
  return runAttention(attentionCall('sparseAttention', q, k, v, options));
}

/**
 * Says which kernel `sparseAttention` would run on, why, and what the call visits, without running it.
 * @shape as sparseAttention
 * @cost that of the layout, once
 * @example
 * const x = zeros([1, 1, 256, 8]);
 * explain(x, x, x, { mask: slidingWindow({ left: 63, right: 0 }) }).visitedBlocks; // => 7
 */
export function explain(q: Tensor, k: Tensor, v: Tensor, options: SparseAttentionOptions = {}): Explanation {
  requireKnown('explain', options, attentionOptionNames);
  const call = attentionCall('explain', q, k, v, options);
  return { ...explainAttention(call), ...costOf(call.layout, call.sizes), layout: call.layout };
}
