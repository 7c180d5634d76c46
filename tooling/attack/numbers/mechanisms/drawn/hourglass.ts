import * as H from '@longspan/hierarchical';
import { hourglassLanguageModel } from '@longspan/models/hourglass';
import type { Loose } from '../../loose.ts';

import type { Drawn, Made } from '../made.ts';

/** Hourglass (arXiv 2110.13711). */
export function hourglass(drawn: Drawn): Made {
  const { c, r, B, heads, width, n, kind, pad, padded, context, opt, note } = drawn;
  const hierarchy = r.pick([undefined, '1@2', '2@3', '1@2 1@4 1@2', '1@3 1@6 1@3']);
  const cfg: Loose = opt({
    width,
    heads,
    innerWidth: 5,
    tokenLayers: [r.int(0, 1), r.int(0, 1)],
    hierarchy,
    downsampling: r.pick([undefined, 'average', 'linear', { attention: 'linear' }]),
    upsampling: r.pick([undefined, 'repeat', 'linear', { attention: 'linear' }]),
    window: r.chance(0.4) ? { left: r.int(0, 6), right: 0 } : undefined,
    chunkLength: r.pick([undefined, 2]),
  });
  if (width % 2 === 1) return { name: 'none', layer: undefined, width, B, n };
  note(cfg);
  if (kind === 'hourglass')
    return {
      name: kind,
      layer: (cache: boolean) => H.hourglass({ ...cfg, ...(cache ? { cache: true } : {}) }),
      width,
      B,
      n,
      causal: true,
      decodes: !pad,
      ...(padded ? { padded, context: context! } : {}),
      smooth: true,
    };
  const shift = r.pick([0, 1]);
  c.note({ shift });
  return {
    name: kind,
    layer: (cache: boolean) => hourglassLanguageModel({ ...cfg, vocabulary: 7, shift, ...(cache ? { cache: true } : {}) }),
    width: 7,
    B,
    n,
    causal: true,
    decodes: !pad && shift === 0,
    input: 'ids',
    vocabulary: 7,
    ...(padded ? { padded, context: context! } : {}),
  };
}
