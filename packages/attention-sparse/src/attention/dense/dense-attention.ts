import type { AttentionResult } from '@longspan/core-tensor';
import { requireKnown } from '@longspan/core-tensor/error';
import { type AttentionCall, attentionCall, maskedScore, type Pairs, range, recordOf } from '@longspan/core-tensor/kernel';
import {
  add,
  cast,
  concat,
  exp,
  expandDims,
  fill,
  matMul,
  mul,
  reshape,
  step,
  sub,
  sum,
  logSumExp as sumOfExponentials,
  type Tensor,
  tensor,
  tidy,
  tile,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { attentionOptionNames, type SparseAttentionOptions } from '../options.ts';
import { relativeProducts } from './relative-products.ts';
import { visiblePairs } from './visible-pairs.ts';

/**
 * The same attention as one n x n table, from its definition: what everything else is checked against. Takes every mask and
 * score term, and tfjs differentiates it; shares no code with the block-sparse kernels.
 * @shape as sparseAttention
 * @cost O(b · h · nq · nk) memory, several times: small lengths only
 * @source Vaswani et al. 2017 (arXiv 1706.03762) eq. 1
 * @example
 * const values = tensor4d([1, 2, 3, 4], [1, 1, 4, 1]);
 * const same = zeros([1, 1, 4, 8]);
 * const { out } = denseAttention(same, same, values, { mask: causal() });
 * await out.data(); // => [1, 1.5, 2, 2.5]
 */
export function denseAttention(q: Tensor, k: Tensor, v: Tensor, options: SparseAttentionOptions = {}): AttentionResult {
  requireKnown('denseAttention', options, attentionOptionNames);
  const call = attentionCall('denseAttention', q, k, v, options);
  const { sizes, scale, layout, terms } = call;
  const { batch: b, heads: h, keyHeads: hkv, queryLength: nq, keyLength: nk } = sizes;
  const { queryOffset } = layout;
  return tidy(() => {
    const shared = h / hkv;
    const forHeads = (x: Tensor): Tensor => (shared === 1 ? x : repeatHeads(x, shared));
    const keys = forHeads(k);
    const pairs: Pairs = { b, h, nq, nk, layout, ...positionsOf(call) };
    const relative = terms.find((term) => term.kind === 'relativePositions');
    const content = matMul(relative ? add(q, expandDims(relative.u, 1)) : q, keys, false, true);
    let scores = mul(relative ? add(content, relativeProducts(q, relative.r, relative.v, pairs)) : content, scale);
    let visible = visiblePairs(options, pairs, queryOffset);
    let kept: Tensor | undefined;
    for (const term of terms) {
      const taken = recordOf(term).dense?.(term, scores, pairs);
      if (taken?.scores) scores = taken.scores;
      if (taken?.visible) visible = mul(visible, taken.visible);
      if (taken?.kept) kept = taken.kept;
    }
    const masked = where(cast(add(visible, fill(scores.shape, 0)), 'bool'), scores, fill(scores.shape, maskedScore));
    const sinks = terms.flatMap((term) => recordOf(term).denominator?.(term) ?? []);
    const columns = sinks.map((sink) => add(expandDims(sink, 3), zeros([b, h, nq, 1])));
    const whole = sumOfExponentials(concat([masked, ...columns], 3), 3, true);
    const weights = mul(exp(sub(masked, whole)), visible);
    const used = kept ? mul(weights, kept) : weights;
    const out = matMul(used, forHeads(v));
    const lse = reshape(whole, [b, h, nq]);
    if (sinks.length > 0) return { out, logSumExp: lse };
    // step and not a comparison: comparisons have no gradient in tfjs, not even zeros.
    const attending = cast(step(sum(add(visible, fill(scores.shape, 0)), 3)), 'bool');
    return { out, logSumExp: where(attending, lse, fill([b, h, nq], Number.NEGATIVE_INFINITY)) };
  });
}

/** Original positions where there are any, else the places in the sequence. */
function positionsOf({ terms, sizes, layout }: AttentionCall): Pick<Pairs, 'queries' | 'keys'> {
  const given = terms.find((term) => term.kind === 'originalPositions');
  if (given) return { queries: expandDims(cast(given.query, 'float32'), 3), keys: expandDims(cast(given.key, 'float32'), 2) };
  const { queryLength, keyLength } = sizes;
  return {
    queries: tensor(range(layout.queryOffset, queryLength), [1, 1, queryLength, 1]),
    keys: tensor(range(0, keyLength), [1, 1, 1, keyLength]),
  };
}

/** Query head a reads key head floor(a / shared). */
function repeatHeads(x: Tensor, shared: number): Tensor {
  const [b = 0, hkv = 0, n = 0, d = 0] = x.shape;
  return reshape(tile(reshape(x, [b * hkv, 1, n * d]), [1, shared, 1]), [b, hkv * shared, n, d]);
}
