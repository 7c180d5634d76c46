import * as S from '@longspan/attention-lsh';
import type { Loose } from '../../loose.ts';

import type { Drawn, Made } from '../made.ts';

/** Reformer (arXiv 2001.04451). */
export function reformer(drawn: Drawn): Made {
  const { r, B, heads, width, n, key, kind, padded, context, note } = drawn;
  const chunkLength = r.int(1, 8);
  const causal = r.chance();
  const cfg = {
    width,
    heads,
    chunkLength,
    chunksBefore: r.int(0, 2),
    chunksAfter: causal ? 0 : r.int(0, 1),
    rounds: r.int(1, 3),
    bucketCount: r.pick([2, 4, [2, 4]]),
    causal,
    hashKey: key,
  };
  note(cfg);
  return {
    name: kind,
    layer: (cache: boolean) => S.reformerAttention({ ...cfg, ...(cache ? { cache: true } : {}) } as Loose),
    width,
    B,
    n,
    ...(padded ? { padded, context: context! } : {}),
    choice: true,
    smooth: true,
  };
}
