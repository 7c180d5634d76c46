import type { Case } from '../case.ts';
import { adaptiveSoftmax } from './adaptive-softmax.ts';
import { longformer } from './longformer.ts';
import { lsh } from './lsh.ts';
import { pooling } from './pooling.ts';
import { relativeAttention } from './relative-attention.ts';
import { routing } from './routing.ts';

/** Whole mechanisms as their papers write them, in float64. */
export async function own(c: Case): Promise<void> {
  const r = c.rng;
  const kind = r.pick(['xl', 'longformer', 'adaptive', 'routing', 'lsh', 'pool']);
  const B = r.int(1, 2);
  const n = r.int(1, 24);
  c.note({ kind, B, n });
  if (kind === 'xl') await relativeAttention(c, B, n);
  else if (kind === 'longformer') await longformer(c, B, n);
  else if (kind === 'adaptive') await adaptiveSoftmax(c, n);
  else if (kind === 'lsh') await lsh(c, B);
  else if (kind === 'routing') await routing(c, B, n);
  else await pooling(c, B, n);
}
