import * as S from '@longspan/attention-lsh';
import type { Loose } from '../../loose.ts';

import type { Drawn, Made } from '../made.ts';

/** Reformer’s local layers. */
export function reformerLocal(drawn: Drawn): Made {
  const { r, B, heads, width, n, kind, pad, padded, context, note } = drawn;
  const chunkLength = r.int(1, 8);
  const causal = r.chance();
  const chunksBefore = r.int(0, 2);
  const cfg = { width, heads, chunkLength, chunksBefore, chunksAfter: causal ? 0 : r.int(0, 1), causal };
  note(cfg);
  return {
    name: kind,
    layer: (cache: boolean) => S.reformerLocalAttention({ ...cfg, ...(cache ? { cache: true } : {}) } as Loose),
    width,
    B,
    n,
    causal,
    decodes: causal && !pad && Math.ceil(n / chunkLength) > chunksBefore,
    ...(padded ? { padded, context: context! } : {}),
    smooth: true,
  };
}
