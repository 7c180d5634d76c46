import * as H from '@longspan/hierarchical';

import type { Drawn, Made } from '../made.ts';

/** Levels of a text above each other. */
export function levels(drawn: Drawn): Made {
  const { c, r, B, heads, width, n, kind } = drawn;
  if (width % 2 === 1) return { name: 'none', layer: undefined, width, B, n };
  const offs: number[] = [0];
  while (offs.at(-1)! < n) offs.push(Math.min(n, offs.at(-1)! + r.int(1, 6)));
  const m = offs.length - 1;
  const levels = H.levelsOf({ names: ['w', 's', 't'], offsets: [offs, [0, m]] });
  const cfg = { width, heads, levels: 3, layers: r.int(1, 2), innerWidth: 5, window: { left: r.int(0, 4), right: r.int(0, 4) } };
  c.note({ layer: kind, B, n, offs, ...cfg });
  return { name: kind, layer: () => H.levelTransformer(cfg), width, B, n, context: () => ({ levels }), smooth: true };
}
