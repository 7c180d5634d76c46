import * as C from '@longspan/core-tensor';
import type { Case } from '../case.ts';

/** T5 (arXiv 1910.10683) §2.1: relative positions in buckets, exact ones first, then logarithmic. */
export async function t5Buckets(c: Case): Promise<void> {
  const r = c.rng;
  const bidirectional = r.chance();
  const buckets = r.pick([4, 8, 16, 32, 64]);
  const maxDistance = r.pick([64, 128, 200, 1000]);
  c.note({ bidirectional, buckets, maxDistance });
  const f = C.relativeDistanceBuckets({ buckets, maxDistance, bidirectional });
  for (let d = -1500; d <= 1500; d++) {
    let nb = buckets;
    let ret = 0;
    let n = -d;
    if (bidirectional) {
      nb = nb / 2;
      if (d > 0) ret += nb;
      n = Math.abs(n);
    } else n = Math.max(n, 0);
    const exact = Math.floor(nb / 2);
    const v =
      exact +
      Math.trunc(Math.fround(Math.fround(Math.fround(Math.log(Math.fround(n / exact))) / Math.log(maxDistance / exact)) * (nb - exact)));
    const want = ret + (n < exact ? n : Math.min(v, nb - 1));
    const edge = n >= exact && Math.abs((((Math.log(n / exact) / Math.log(maxDistance / exact)) * (nb - exact) + 0.5) % 1) - 0.5) < 1e-5;
    if (f(d) !== want && !edge) {
      c.report('high', 'relativeDistanceBuckets', { distance: d, expected: want, got: f(d) });
      break;
    }
  }
}
