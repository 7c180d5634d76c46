import { type AttentionResult, dims } from '@longspan/core-tensor';
import { requireInteger, requireKeyHeads, requireKnown, requireScale, UNBOUNDED } from '@longspan/core-tensor/error';
import { requireFilled } from '@longspan/core-tensor/kernel';
import { matMul, mul, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { everything, type Mask } from '../mask/index.ts';
import { keyAttention } from './by-key/key-attention.ts';
import { maskedPairs } from './by-key/masked-pairs.ts';
import { decided } from './scoring/decided.ts';
import { queriesByKeyHead, selectBest } from './scoring/select-best.ts';
import { withoutGradient } from './scoring/without-gradient.ts';

export interface TopKOptions {
  /** Keys that each query keeps. */
  readonly topK: number;
  /** Among which keys; all by default. */
  readonly mask?: Mask | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Query i stands at position queryOffset + i; nk − nq by default. */
  readonly queryOffset?: number | undefined;
}

export interface TopKResult extends AttentionResult {
  /** Int32 [b, h, nq, min(topK, nk)]: the kept keys, ascending; −1 where the mask allows fewer. */
  readonly selected: Tensor;
}

/**
 * Attention in which every query keeps the keys of its highest scores, and its softmax is over them. Every pair has to be scored, a few
 * rows at a time; of equal scores the first is kept. The choice has no gradient.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv], float32; h a multiple of hkv
 * @returns out [b, h, nq, dv], logSumExp [b, h, nq], nats, and the kept keys
 * @throws ShapeError when the arguments do not fit; ConfigError when topK is not an integer of at least 1
 * @cost O(nq · nk · d) time, which only pays where the backward pass is the cost (it is O(nq · topK · d)); 16 MB of scores at a time
 * @source Gupta et al. 2021 (arXiv 2106.06899) §2
 * @example
 * const [q, k] = [ones([1, 1, 1, 1]), tensor4d([5, 1, 5, 2], [1, 1, 4, 1])];
 * const { out, selected } = topKAttention(q, k, tensor4d([10, 20, 30, 40], [1, 1, 4, 1]), { topK: 2 });
 * await selected.data(); // => [0, 2]
 * await out.data(); // => [20]
 */
export function topKAttention(q: Tensor, k: Tensor, v: Tensor, options: TopKOptions): TopKResult {
  const caller = 'topKAttention';
  requireKnown(caller, options, { topK: true, mask: 'mask', scale: true, queryOffset: true });
  const { b, h, hkv, nq, nk, d, dv } = dims(caller, {
    q: [q, 'b h nq d:float32'],
    k: [k, 'b hkv nk d:float32'],
    v: [v, 'b hkv nk dv:float32'],
  });
  requireFilled(caller, { b, h, hkv, nq, nk, d, dv });
  const { topK, mask = everything(), scale = 1 / Math.sqrt(d), queryOffset = nk - nq } = options;
  requireKeyHeads(caller, { h, hkv });
  requireInteger(caller, { topK }, 1);
  requireScale(caller, scale);
  requireInteger(caller, { queryOffset }, UNBOUNDED);
  return tidy(() => {
    const [selected] = withoutGradient([q, k], (queries, keys) => [
      selectBest({ rows: b * h, queries: nq, candidates: nk, count: topK }, (from, to) => {
        const scores = mul(matMul(queriesByKeyHead(queries, hkv, from, to), keys, false, true), scale);
        return decided(reshape(scores, [b, h, to - from, nk]), maskedPairs(mask, { from, to, keyLength: nk, queryOffset }));
      }),
    ]);
    return { ...keyAttention(q, k, v, selected, scale), selected };
  });
}
