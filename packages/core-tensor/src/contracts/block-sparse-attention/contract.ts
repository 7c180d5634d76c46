import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, requireKnown } from '../../error/index.ts';
import type { BlockLayout } from '../../layout/block-layout.ts';
import { dims } from '../../tensor/dims.ts';
import { attentionCall } from './attention-call.ts';
import type { AttentionCall, AttentionCotangents, AttentionGradients, AttentionResult } from './call.ts';
import { attentionGradients, explainAttention, runAttention } from './run-attention.ts';
import type { ScoreTerm } from './score-term/index.ts';

export interface BlockSparseAttentionOptions {
  readonly layout: BlockLayout;
  /** What scores are multiplied by; 1 / sqrt(d) by default. */
  readonly scale?: number | undefined;
  /** Applied in order to the scaled scores, before the softmax. */
  readonly score?: readonly ScoreTerm[] | undefined;
  /** Key blocks that each query block attends to besides the layout's: int32 [b|1, h|1, queryBlocks, width], −1 where unused. */
  readonly selected?: Tensor | undefined;
}

/**
 * Softmax attention over the key blocks that a layout lists for each query block: the one operation after every mechanism.
 * A query that attends to no key gets zeros, a log-sum-exp of −Infinity and no gradients.
 *
 * Numbers that are not finite mean the same on every kernel. A masked pair (by the layout, a list, lengths, a span, padding) has no
 * influence at all, whatever its key, its value or its bias holds. A visible score of −Infinity weighs exactly 0, and a row of nothing
 * else is a fully masked row. The least float, −3.4e38, is a number like any other: beside ordinary scores it weighs 0, and a row of
 * nothing else is the mean of its visible keys. A visible NaN, or a score of +Infinity, makes the rows of the queries that attend to it
 * not finite, and no other row.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv], float32; h a multiple of hkv: query head a reads key head
 *   floor(a · hkv / h). Any lengths, any d and dv.
 * @returns out [b, h, nq, dv] and logSumExp [b, h, nq] in nats of the final scores; both belong to the caller, both have gradients
 * @throws ShapeError, ConfigError when an argument does not fit; ConfigError for gradients of gradients
 * @cost 2 · visited pairs · (d + dv) multiply-adds forward, 2.5 times that backward; memory O(n · d) besides results: at most
 *   256 MB of temporaries with the reference kernel
 * @source Vaswani et al. 2017 (arXiv 1706.03762) eq. 1; Dao et al. 2022 (arXiv 2205.14135), block-sparse form §3.3
 * @example
 * const all = { indptr: new Int32Array([0, 1]), indices: new Int32Array([0]), tileIndices: new Int32Array([-1]) };
 * const layout = { blockSize: 2, queryLength: 2, keyLength: 2, queryOffset: 0, batch: 1, heads: 1, bitmaps: new Uint32Array(0), ...all, transposed: all };
 * const same = zeros([1, 1, 2, 4]);
 * const { out } = blockSparseAttention(same, same, tensor4d([1, 2, 3, 4], [1, 1, 2, 2]), { layout });
 * await out.data(); // => [2, 3, 2, 3]
 */
export function blockSparseAttention(q: Tensor, k: Tensor, v: Tensor, options: BlockSparseAttentionOptions): AttentionResult {
  return runAttention(layoutCall('blockSparseAttention', q, k, v, options));
}

/**
 * The backward pass of a call alone, on the kernel that would run it: the gradients of q, k, v and of each tensor of the score terms.
 * For ops that join several calls and keep less than each would: softmaxes over parts of the keys joined by w = exp(lse − lse of
 * all) are differentiated part by part with the part's logSumExp, w · outCotangent and the joined out, because kernels take nothing
 * from `out` but rowsum(out · outCotangent). To be called inside an op's gradient: nothing is recorded.
 * @shape q, k, v as blockSparseAttention; cotangents.out, .outCotangent [b, h, nq, dv]; .logSumExp, .logSumExpCotangent [b, h, nq]
 * @throws ShapeError, ConfigError when an argument does not fit
 * @cost 5 · visited pairs · (d + dv) multiply-adds
 * @source Dao et al. 2022 (arXiv 2205.14135) appendix B.2
 */
export function blockSparseAttentionGradients(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: BlockSparseAttentionOptions,
  cotangents: AttentionCotangents,
): AttentionGradients {
  const caller = 'blockSparseAttentionGradients';
  const call = layoutCall(caller, q, k, v, options);
  const { out, logSumExp, outCotangent, logSumExpCotangent } = cotangents;
  dims(caller, {
    q: [q, 'b h nq d'],
    v: [v, 'b hkv nk dv'],
    out: [out, 'b h nq dv'],
    logSumExp: [logSumExp, 'b h nq'],
    outCotangent: [outCotangent, 'b h nq dv'],
    logSumExpCotangent: [logSumExpCotangent, 'b h nq'],
  });
  return attentionGradients(call, cotangents);
}

/**
 * Which kernel a call would run on, and why, without running it.
 * @shape as blockSparseAttention
 * @cost no tensor operations
 */
export function explainBlockSparseAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: BlockSparseAttentionOptions,
): { readonly kernel: string; readonly reason: string } {
  return explainAttention(layoutCall('explainBlockSparseAttention', q, k, v, options));
}

/** The arguments as a checked call, by a layout that has to be there. */
function layoutCall(caller: string, q: Tensor, k: Tensor, v: Tensor, options: BlockSparseAttentionOptions): AttentionCall {
  requireKnown(caller, options, { layout: true, scale: true, score: true, selected: true });
  if (options.layout !== undefined) return attentionCall(caller, q, k, v, options);
  throw new ConfigError({
    caller,
    problem: 'a layout is required.',
    expected: 'options.layout, a BlockLayout',
    got: 'undefined',
    remedy: 'make one with createLayout(mask, { queryLength, keyLength }) of @longspan/attention-sparse.',
  });
}
