import * as H from '@longspan/hierarchical';
import type { Loose } from '../../loose.ts';

import type { Drawn, Made } from '../made.ts';

/** Hierarchical attention (HAT, arXiv 2210.05529). */
export function hat(drawn: Drawn): Made {
  const { r, B, heads, width, n, kind, padded, context, opt, note } = drawn;
  const segmentLength = r.int(1, 8);
  const schedule = r.pick([
    H.hatSchedule('late', { sentences: 2, documents: 1 }),
    H.hatSchedule('interleaved', { sentences: 2, documents: 1 }),
    H.hatSchedule('early', { sentences: 1, documents: 1 }),
    H.hatSchedule('adHoc', { sentences: 1, documents: 1 }),
  ]);
  const cfg = opt({ width, heads, innerWidth: 5, segmentLength, maxSegments: 45, schedule, chunkLength: r.pick([undefined, 3]) });
  note({ segmentLength, schedule });
  return { name: kind, layer: () => H.hat(cfg as Loose), width, B, n, ...(padded ? { padded, context: context! } : {}), smooth: true };
}
