import * as A from '@longspan/attention-sparse';
import type { Loose } from '../../loose.ts';
import { T } from '../arrays.ts';

import { type Drawn, type Made, paddingOf } from '../made.ts';

/** Attention to an encoder. */
export function cross(drawn: Drawn): Made {
  const { bs, c, r, B, heads, width, n } = drawn;
  // cross attention
  const nk = r.int(1, 20);
  const keyWidth = r.int(1, 7);
  const hidden = r.normals(B * nk * keyWidth);
  const padK = paddingOf(r, B, nk, r.pick(['none', 'any'] as const));
  c.note({ layer: 'cross', B, n, nk, width, heads, keyWidth, padK: padK?.rows });
  return {
    name: 'cross',
    layer: (cache: boolean) =>
      A.multiHeadAttention({ width, heads, cross: true, keyWidth, ...bs, ...(cache ? { cache: true } : {}) } as Loose),
    width,
    B,
    n,
    decodes: true,
    causal: false,
    context: (rows) => ({
      encoder: {
        hidden: rows
          ? T(
              rows.flatMap((b) => [...hidden.slice(b * nk * keyWidth, (b + 1) * nk * keyWidth)]),
              [rows.length, nk, keyWidth],
            )
          : T(hidden, [B, nk, keyWidth]),
        ...(padK ? { padding: padK.padding(rows) } : {}),
      },
    }),
    smooth: true,
  };
}
