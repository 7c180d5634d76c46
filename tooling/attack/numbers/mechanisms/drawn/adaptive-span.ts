import * as A from '@longspan/attention-sparse';

import type { Drawn, Made } from '../made.ts';

/** Adaptive span (arXiv 1905.07799). */
export function adaptiveSpan(drawn: Drawn): Made {
  const { bs, r, B, heads, width, n, kind, padded, context, note } = drawn;
  const causal = r.chance();
  const cfg = { width, heads, maxSpan: 30, ramp: r.pick([2, 5, 8]), initialSpan: r.pick([1.3, 4.7, 12.2]), causal, ...bs };
  note(cfg);
  return {
    name: kind,
    layer: () => A.adaptiveSpanAttention(cfg),
    width,
    B,
    n,
    causal,
    ...(padded ? { padded, context: context! } : {}),
    smooth: true,
  };
}
