import * as H from '@longspan/hierarchical';
import type { Loose } from '../../loose.ts';

import type { Drawn, Made } from '../made.ts';

/** Funnel (arXiv 2006.03236), with and without its decoder. */
export function funnel(drawn: Drawn): Made {
  const { r, B, heads, headDim, width, kind, pad, padded, context, opt, note } = drawn;
  let { n } = drawn;
  if (width % 2 === 1) return { name: 'none', layer: undefined, width, B, n };
  const keepCls = r.chance();
  const pad2 = pad;
  const types = r.chance(0.5)
    ? Array.from({ length: B }, () => Array.from({ length: n }, (_, i) => (i === 0 && keepCls ? 2 : r.int(0, 1))))
    : undefined;
  const cfg: Loose = opt({
    width,
    heads,
    headDim,
    innerWidth: 5,
    keepCls,
    truncate: r.pick([undefined, false]),
    window: r.chance(0.3) ? { left: r.int(1, 8), right: r.int(1, 8) } : undefined,
    chunkLength: r.pick([undefined, 2, 5]),
    ...(kind === 'funnel'
      ? {
          blockSizes: r.pick([[1], [1, 1], [2, 1], [1, 1, 1]]),
          pooling: r.pick([undefined, 'max']),
          poolQueriesOnly: r.pick([undefined, false]),
        }
      : { layers: r.int(1, 2) }),
  });
  if (kind === 'funnel' && n < 6) n = 6;
  if (pad2 && n !== pad2.rows[0]!.length) return { name: 'none', layer: undefined, width, B, n };
  if (types && types[0]!.length !== n) return { name: 'none', layer: undefined, width, B, n };
  note({ ...cfg, types });
  return {
    name: kind,
    layer: () => (kind === 'funnel' ? H.funnelEncoder(cfg) : H.funnelDecoder(cfg)),
    width,
    B,
    n,
    ...(padded ? { padded } : {}),
    context: (rows) => ({ ...(context?.(rows) ?? {}), ...(types ? { tokenTypes: rows ? rows.map((b) => types[b]!) : types } : {}) }),
    smooth: cfg.pooling !== 'max',
    outLength: kind === 'funnel' ? -1 : (undefined as Loose),
  };
}
