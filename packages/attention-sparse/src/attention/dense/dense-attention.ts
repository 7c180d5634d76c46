import { type AttentionResult, stopGradient } from '@longspan/core-tensor';
import { requireKnown } from '@longspan/core-tensor/error';
import { type AttentionCall, attentionCall, type Pairs, range, recordOf } from '@longspan/core-tensor/kernel';
import {
  add,
  cast,
  concat,
  div,
  equal,
  exp,
  expandDims,
  fill,
  log,
  max,
  mul,
  notEqual,
  reshape,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  tile,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { attentionOptionNames, type SparseAttentionOptions } from '../options.ts';
import { scoresOf, select, valuesOf } from './guarded-products.ts';
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
    const content = scoresOf(relative ? add(q, expandDims(relative.u, 1)) : q, keys);
    let visible = visiblePairs(options, pairs, queryOffset);
    const products = relative ? add(content, relativeProducts(q, relative.r, relative.v, pairs)) : content;
    // What is visible and what is kept follows from no score. So it is known before the first one, and a masked pair, whatever stands
    // there, is 0 for each term and takes a cotangent of exactly 0 from it.
    const none = zeros(products.shape);
    let kept: Tensor | undefined;
    for (const term of terms) {
      const taken = recordOf(term).dense?.(term, none, pairs);
      if (taken?.visible) visible = mul(visible, taken.visible);
      if (taken?.kept) kept = taken.kept;
    }
    const isVisible = cast(add(stopGradient(visible), none), 'bool');
    let scores = select(isVisible, mul(products, scale), none);
    for (const term of terms) {
      const taken = recordOf(term).dense?.(term, scores, pairs);
      if (taken?.scores) scores = select(isVisible, taken.scores, none);
    }
    const sinks = terms.flatMap((term) => recordOf(term).denominator?.(term) ?? []);
    const columns = sinks.map((sink) => add(expandDims(sink, 3), zeros([b, h, nq, 1])));
    // Selected, never multiplied: 0 · NaN is NaN. Comparisons have no gradient in tfjs, not even zeros, so they are kept off its tape.
    const isAny = cast(notEqual(stopGradient(scores), Number.NEGATIVE_INFINITY), 'float32');
    const seen = mul(cast(isVisible, 'float32'), isAny);
    const hidden = fill(scores.shape, Number.NEGATIVE_INFINITY);
    const shown = stopGradient(concat([where(cast(seen, 'bool'), scores, hidden), ...columns], 3));
    const top = max(shown, 3, true);
    const shift = where(equal(top, Number.NEGATIVE_INFINITY), zerosLike(top), top); // −∞ − −∞ is NaN
    const exponentials = mul(exp(sub(select(cast(seen, 'bool'), scores, add(shift, none)), shift)), seen);
    const whole = columns.reduce((one, column) => add(one, exp(sub(column, shift))), sum(exponentials, 3, true));
    const hasNone = cast(equal(stopGradient(whole), 0), 'float32');
    const divisor = add(whole, hasNone);
    // In a row that is NaN too, what is masked or dropped has no part.
    const weights = select(cast(seen, 'bool'), div(exponentials, divisor), none);
    const taking = kept ? select(cast(kept, 'bool'), mul(weights, kept), none) : weights;
    const out = valuesOf(taking, forHeads(v));
    const lse = reshape(add(log(divisor), shift), [b, h, nq]);
    const isFullyMasked = cast(reshape(hasNone, [b, h, nq]), 'bool');
    return { out, logSumExp: where(isFullyMasked, fill([b, h, nq], Number.NEGATIVE_INFINITY), lse) };
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
