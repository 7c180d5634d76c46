import type { TokenMarks } from '@longspan/attention-sparse';
import { type Groups, groupsFromBoundaries } from '../groups/groups.ts';

/** What attention must know of the vectors of a sequence besides their numbers: data of the host. */
export interface FunnelSequence {
  /** Where each vector stands, tokens; they are evenly spaced. */
  readonly positions: readonly number[];
  /** Of each batch row: 0 or 1 for the segment of a token, 2 for <cls>, which is of the same segment as every token. */
  readonly types: TokenMarks;
  /** Of each batch row: 1 for a vector that may be seen, 0 for padding. */
  readonly mask: TokenMarks;
}

export interface FunnelPoolingOptions {
  /** Whether vector 0 is <cls>, which is pooled with nothing else. */
  readonly separateCls: boolean;
  /** With a separate <cls>: drop the last vector first, so that an even length halves exactly. */
  readonly truncate: boolean;
}

/** How many vectors of a sequence take part in the pooling. */
export const pooledFrom = (length: number, { separateCls, truncate }: FunnelPoolingOptions): number =>
  separateCls && truncate && length > 1 ? length - 1 : length;

/**
 * The groups that Funnel pools: pairs, the last one alone where the number is odd; with a separate <cls> that one alone, and pairs
 * behind it.
 * @param length of the vectors that take part: see `pooledFrom`
 */
export function funnelGroups(length: number, { separateCls }: FunnelPoolingOptions): Groups {
  const offsets = [0];
  for (let end = separateCls ? 1 : 2; offsets.at(-1) !== length; end += 2) offsets.push(Math.min(end, length));
  return groupsFromBoundaries(offsets);
}

/** The sequence after pooling: each group stands where its first vector stood, and is padding where any of them is. */
export function pooledSequence(
  { positions, types, mask }: FunnelSequence,
  groups: Groups,
  { separateCls }: FunnelPoolingOptions,
): FunnelSequence {
  const firsts = Array.from(groups.offsets.subarray(0, groups.count));
  const pick = (row: ArrayLike<number>): number[] => firsts.map((at) => row[at] as number);
  const own = pick(positions);
  // <cls> moves back, so that all positions stay evenly spaced: 1 − 2, 1 − 4, …
  if (separateCls && own.length > 1) own[0] = 2 * (positions[0] as number) - (positions[1] as number);
  return {
    positions: own,
    types: types.map(pick),
    mask: mask.map((row) =>
      firsts.map((at, group) =>
        Math.min(...Array.from({ length: (groups.offsets[group + 1] as number) - at }, (_, nth) => row[at + nth] as number)),
      ),
    ),
  };
}
