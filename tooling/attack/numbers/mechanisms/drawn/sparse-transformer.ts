import * as A from '@longspan/attention-sparse';

import type { Drawn, Made } from '../made.ts';

/** Sparse Transformer (arXiv 1904.10509). */
export function sparseTransformer(drawn: Drawn): Made {
  const { bs, r, B, heads, width, n, kind, padded, context, note } = drawn;
  const stride = r.int(1, 8);
  const pattern = r.chance() ? { kind: 'strided' as const, stride } : { kind: 'fixed' as const, stride, summary: r.int(1, stride) };
  const parts = r.pick(['merged', 'perHead', 'near', 'far'] as const);
  note({ pattern, parts, ...bs });
  return {
    name: kind,
    layer: () => A.sparseTransformerAttention({ width, heads, pattern, parts, ...bs }),
    width,
    B,
    n,
    causal: true,
    ...(padded ? { padded, context: context! } : {}),
    smooth: true,
  };
}
