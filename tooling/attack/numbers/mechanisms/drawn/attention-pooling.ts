import * as H from '@longspan/hierarchical';

import type { Drawn, Made } from '../made.ts';

/** Pooling by attention. */
export function attentionPooling(drawn: Drawn): Made {
  const { c, r, B, heads, width, n, kind } = drawn;
  const offs: number[] = [0];
  while (offs.at(-1)! < n) offs.push(Math.min(n, offs.at(-1)! + r.int(0, 5)));
  const groups = H.groupsFromBoundaries(offs);
  const before = r.int(0, 2);
  const after = r.int(0, 2);
  c.note({ layer: kind, B, n, offs, before, after, width, heads });
  return {
    name: kind,
    layer: () => H.attentionPooling({ width, heads, before, after }),
    width,
    B,
    n,
    context: () => ({ groups }),
    smooth: true,
    outLength: groups.count,
  };
}
