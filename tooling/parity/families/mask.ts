import { denseMask, type Mask, maskFromJSON } from '@longspan/attention-sparse';
import { type Fixture, stored } from '../fixture.ts';
import type { Exact } from '../replay.ts';

/** The mask of config.mask, where query 0 stands, and the mask's dense form beside the one that is stored. */
export interface FixtureMask {
  readonly mask: Mask;
  readonly queryOffset: number;
  readonly exact: readonly Exact[];
}

export function readMask(fixture: Fixture, queryLength: number, keyLength: number): FixtureMask {
  const node = fixture.config.raw('mask');
  if (node === undefined) throw new Error('config must have a mask');
  const mask = maskFromJSON(node);
  const queryOffset = fixture.config.optionalNumber('queryOffset') ?? keyLength - queryLength;
  const exact = fixture.tensors.has('in.allowed')
    ? [{ tensor: 'in.allowed', values: dense(mask, stored(fixture, 'in.allowed').shape, { queryLength, keyLength, queryOffset }) }]
    : [];
  return { mask, queryOffset, exact };
}

/** The mask written out over the axes that the stored one has: [nq, nk], [hq, nq, nk] or [b, hq or 1, nq, nk]. */
function dense(mask: Mask, shape: readonly number[], extent: Parameters<typeof denseMask>[1]): Uint8Array {
  const [batch, heads] = [shape.at(-4) ?? 1, shape.at(-3) ?? 1];
  const planes = Array.from({ length: batch * heads }, (_, at) =>
    denseMask(mask.select({ batch: Math.floor(at / heads), head: at % heads }), extent),
  );
  const found = new Uint8Array(planes.reduce((total, plane) => total + plane.length, 0));
  planes.reduce((start, plane) => {
    found.set(plane, start);
    return start + plane.length;
  }, 0);
  return found;
}
