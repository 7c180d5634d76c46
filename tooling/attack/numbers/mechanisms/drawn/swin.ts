import * as A from '@longspan/attention-sparse';
import * as H from '@longspan/hierarchical';
import type { Drawn, Made } from '../made.ts';
import { sameChoice } from '../same-choice.ts';

/** Swin (arXiv 2103.14030). */
export function swin(drawn: Drawn): Made {
  const { c, r, B, heads, width, kind } = drawn;
  let { n } = drawn;
  const height = r.int(1, 7);
  const w = r.int(1, 7);
  n = height * w;
  const windowSide = r.int(1, 4);
  const shift = r.int(0, windowSide - 1);
  c.note({ layer: kind, B, height, w, width, heads, windowSide, shift });
  if (kind === 'swinStages') {
    const layer = () => H.swinStages({ width, windowSide, depths: [sameChoice(c, [1, 2]), 1], heads: [heads, heads] });
    return { name: kind, layer, width, B, n, context: () => ({ grid: { height, width: w } }), smooth: true };
  }
  return {
    name: kind,
    layer: () =>
      kind === 'swin'
        ? A.swinAttention({ width, heads, windowSide, shift })
        : A.swinLayer({ width, heads, windowSide, shift, innerWidth: 6 }),
    width,
    B,
    n,
    context: () => ({ grid: { height, width: w } }),
    smooth: true,
  };
}
