import * as A from '@longspan/attention-sparse';
import type { Loose } from '../../loose.ts';

import type { Drawn, Made } from '../made.ts';

/** Attention within and between named segments. */
export function segments(drawn: Drawn): Made {
  const { c, r, B, heads, width, kind } = drawn;
  let { n } = drawn;
  if (n < 2) n = 2;
  const cut = r.int(1, n - 1);
  const parts = A.segments({ a: cut, b: n - cut });
  const routes = [
    { from: 'a', to: 'a', mask: A.causal() },
    { from: 'b', to: 'a', topK: r.int(1, 3) },
    { from: 'b', to: 'b', mask: A.slidingWindow({ left: 2, right: 1 }) },
  ].filter(() => r.chance(0.8));
  if (routes.length === 0) routes.push({ from: 'a', to: 'b', topK: 1 });
  const bs1 = r.pick([1, 2, 3, 4]);
  c.note({ layer: kind, B, n, cut, width, heads, routes: routes.map((x: Loose) => [x.from, x.to, x.mask?.name, x.topK]), bs1 });
  return {
    name: kind,
    layer: () => A.segmentAttention({ width, heads, routes, blockSize: bs1 } as Loose),
    width,
    B,
    n,
    context: () => ({ segments: parts }),
    smooth: true,
    choice: routes.some((x: Loose) => x.topK),
  };
}
