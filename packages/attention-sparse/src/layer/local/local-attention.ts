import type { AttentionResult } from '@longspan/core-tensor';
import { ConfigError, isFloat, show } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import { attendLocally, type LocalAttentionOptions, windowOf } from './attend-locally.ts';

/** Known to all kinds but that of the package itself. */
const decoding = { queryOffset: true } as const;

/**
 * Attention within buckets: a query attends to its own bucket and some whole buckets before and after it, so how far it attends depends on
 * its place in its bucket. For a window that moves with the query take `sparseAttention` with `slidingWindow`; for positions turn q and k
 * first, with `rotary`. Not Reformer's local attention, which is a layer with projections of its own (`reformerLocalAttention`).
 * Any length; a fully masked query gets zeros.
 *
 * Buckets are counted from the first key. With `causal` it decodes token by token: one query against the keys so far gives the row that one
 * call over all tokens would give.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv], float32; h a multiple of hkv
 * @returns out [b, h, nq, dv] and logSumExp [b, h, nq], nats
 * @throws ShapeError, ConfigError when an argument does not fit, before anything is computed
 * @cost O(nq · bucketSize · (before + 1 + after)) pairs
 * @source LocalAttention of lucidrains' local-attention 1.11.2, without its edges (see localAttentionAsPublished)
 * @example
 * const same = zeros([1, 1, 5, 4]);
 * const { out } = localAttention(same, same, tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]), { bucketSize: 2, causal: true });
 * await out.data(); // => [1, 1.5, 2, 2.5, 4]
 */
export function localAttention(q: Tensor, k: Tensor, v: Tensor, options: LocalAttentionOptions): AttentionResult {
  return attendLocally('localAttention', q, k, v, options, { window: windowOf('localAttention', options, decoding) });
}

/**
 * Local attention for q and k that are one projection, as in Reformer: keys come to unit length, and a token attends to itself only
 * if it attends to nothing else. A key no longer than 1e-12 has no direction: it counts as zeros.
 * @shape as localAttention
 * @returns as localAttention
 * @throws as localAttention
 * @cost as localAttention
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2; local-attention 1.11.2 with `shared_qk`
 * @example
 * const x = tensor4d([1, 0, 0, 1, 1, 1], [1, 1, 3, 2]);
 * const { out } = localSharedQueryKeyAttention(x, x, tensor4d([1, 2, 3], [1, 1, 3, 1]), { bucketSize: 2, causal: true });
 * await out.data(); // => [1, 1, 1.5]
 */
export function localSharedQueryKeyAttention(q: Tensor, k: Tensor, v: Tensor, options: LocalAttentionOptions): AttentionResult {
  const caller = 'localSharedQueryKeyAttention';
  return attendLocally(caller, q, k, v, options, { window: windowOf(caller, options, decoding), sharedQueryKey: true });
}

export interface LocalXposAttentionOptions extends LocalAttentionOptions {
  /** Tokens over which scores fade by their base; floor(bucketSize / 2) by default. */
  readonly scaleBase?: number | undefined;
}

/**
 * Local attention with xpos: rotary positions whose scores fade with the distance. Long sequences are computed in pieces, each around a
 * middle of its own, because the factors grow as powers of the distance from it.
 * @shape as localAttention, with an even d
 * @returns as localAttention
 * @throws as localAttention
 * @cost as localAttention; queries in pieces of 16 buckets
 * @source Sun et al. 2022 (arXiv 2212.10554) §3.1; local-attention 1.11.2 with `use_xpos`
 * @example
 * const [ones4, values] = [ones([1, 1, 4, 2]), tensor4d([1, 2, 3, 4], [1, 1, 4, 1])];
 * localXposAttention(ones4, ones4, values, { bucketSize: 2, causal: true }).out.shape; // => [1, 1, 4, 1]
 */
export function localXposAttention(q: Tensor, k: Tensor, v: Tensor, options: LocalXposAttentionOptions): AttentionResult {
  const caller = 'localXposAttention';
  const window = windowOf(caller, options, { ...decoding, scaleBase: true });
  const rotation = { queryShift: 0, xposScaleBase: scaleBaseOf(caller, options) };
  return attendLocally(caller, q, k, v, options, { window, rotation });
}

/** @throws ConfigError when it is not a positive number of tokens */
export function scaleBaseOf(caller: string, { bucketSize, scaleBase = Math.floor(bucketSize / 2) }: LocalXposAttentionOptions): number {
  if (isFloat(scaleBase) && Math.fround(scaleBase) > 0) return scaleBase;
  throw new ConfigError({
    caller,
    problem: 'scaleBase must be a positive number of tokens.',
    expected: 'a number above 0',
    got: bucketSize === 1 && scaleBase === 0 ? '0, half of a bucket of 1 token' : show(scaleBase),
    remedy: 'give scaleBase, or buckets of 2 tokens or more.',
  });
}
