import { clipByValue, div, mul, reshape, sub, type Tensor } from '@tensorflow/tfjs-core';
import { visiblePairs } from './attention/pairs.ts';
import { type Attended, softmaxAttention } from './attention/softmax-attention.ts';
import { table } from './numbers/table.ts';

// Adaptive span (Sukhbaatar et al. 2019, "Adaptive Attention Span in Transformers", arXiv:1905.07799), eq. 3 to 5.

export interface AdaptiveSpanSizes {
  /** Keys farther away count nothing, whatever the span. */
  readonly maxSpan: number;
  /** Over so many tokens a key fades out after the span. */
  readonly ramp: number;
  readonly causal: boolean;
}

/**
 * Each key counts by the ramp that its distance and the head's span give it. The last query stands where the last key does.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv]; spans [h], tokens
 */
export function adaptiveSpanAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { spans, maxSpan, ramp, causal }: AdaptiveSpanSizes & { readonly spans: Tensor },
): Attended {
  const [queries, keys] = [q.shape[2] as number, k.shape[2] as number];
  const distance = (query: number, key: number): number => query + keys - queries - key;
  const distances = reshape(
    table(queries, keys, (query, key) => Math.abs(distance(query, key))),
    [1, 1, queries, keys],
  );
  const inside = visiblePairs({ queries, keys }, ({ query, key }) => {
    const behind = distance(query, key);
    return Math.abs(behind) <= maxSpan && !(causal && behind < 0);
  });
  const share = clipByValue(div(sub(reshape(spans, [1, -1, 1, 1]), sub(distances, ramp)), ramp), 0, 1);
  return softmaxAttention(q, k, v, { counts: mul(share, inside) });
}
