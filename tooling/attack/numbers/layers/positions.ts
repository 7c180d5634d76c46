import type { Case } from '../case.ts';
import { alibiSlopes } from './alibi.ts';
import { axialPositions } from './axial.ts';
import { learnedPositions } from './learned.ts';
import { logSumExp } from './log-sum-exp.ts';
import { sinusoidal } from './sinusoidal.ts';
import { t5Buckets } from './t5.ts';

/** What says where a token stands, and the log-sum-exp. */
export async function positions(c: Case): Promise<void> {
  const r = c.rng;
  const kind = r.pick(['sinusoidal', 'alibi', 't5', 'learned', 'axial', 'lse']);
  c.note({ kind });
  if (kind === 'sinusoidal') await sinusoidal(c);
  if (kind === 'alibi') await alibiSlopes(c);
  if (kind === 't5') await t5Buckets(c);
  if (kind === 'learned') await learnedPositions(c);
  if (kind === 'axial') await axialPositions(c);
  if (kind === 'lse') await logSumExp(c);
}
