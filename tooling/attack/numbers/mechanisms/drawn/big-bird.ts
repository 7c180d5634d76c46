import * as A from '@longspan/attention-sparse';

import type { Drawn, Made } from '../made.ts';

/** BigBird (arXiv 2007.14062). */
export function bigBird(drawn: Drawn): Made {
  const { r, B, heads, width, n, key, kind, padded, context, note } = drawn;
  const size0 = r.int(1, 6);
  const per = r.int(0, 3);
  note({ blockSize: size0, per });
  return {
    name: kind,
    layer: () => A.bigBirdAttention({ width, heads, blockSize: size0, randomBlocks: { key, perQueryBlock: per } }),
    width,
    B,
    n,
    ...(padded ? { padded, context: context! } : {}),
    zeroPadded: true,
    smooth: true,
  };
}
