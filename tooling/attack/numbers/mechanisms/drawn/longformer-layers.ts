import * as A from '@longspan/attention-sparse';

import type { Drawn, Made } from '../made.ts';

/** Longformer (arXiv 2004.05150). */
export function longformerLayers(drawn: Drawn): Made {
  const { bs, r, B, heads, width, n, kind, padded, context, opt, note } = drawn;
  const window = { left: r.int(0, 6), right: r.int(0, 6) };
  const perRow = r.chance(0.4);
  const gs = Array.from({ length: perRow ? B : 1 }, () => r.subset(n, 0.15));
  const useG = r.chance(0.8);
  note({ window, gs: useG ? gs : undefined, ...bs });
  const cfg = {
    width,
    heads,
    window,
    ...bs,
    ...(kind === 'longformerLayer' ? opt({ innerWidth: 5, chunkLength: r.pick([undefined, 3]) }) : {}),
  };
  return {
    name: kind,
    layer: () => (kind === 'longformer' ? A.longformerAttention(cfg) : A.longformerLayer(cfg)),
    width,
    B,
    n,
    ...(padded ? { padded } : {}),
    context: (rows) => ({
      ...(context?.(rows) ?? {}),
      ...(useG ? { globals: perRow ? (rows ? rows.map((b) => gs[b]!) : gs) : gs[0] } : {}),
    }),
    smooth: true,
    ...(kind === 'longformer' ? { zeroPadded: true } : {}),
  };
}
