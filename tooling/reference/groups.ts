import type { Tensor2D } from '@tensorflow/tfjs-core';
import { upTo } from './numbers/numbers.ts';
import { table } from './numbers/table.ts';

/** Consecutive groups of a sequence by their boundaries: group g holds the members from boundaries[g] on, before boundaries[g + 1]. */
export type Boundaries = ArrayLike<number>;

export const groupCount = (boundaries: Boundaries): number => boundaries.length - 1;
export const memberCount = (boundaries: Boundaries): number => startOf(boundaries, groupCount(boundaries));

/** The first member of a group, or how many members there are for the group after the last. */
export const startOf = (boundaries: Boundaries, group: number): number => boundaries[group] as number;

/** Whether the member is one of the group's. */
export const isOwn = (boundaries: Boundaries, group: number, member: number): boolean =>
  group >= 0 && group < groupCount(boundaries) && member >= startOf(boundaries, group) && member < startOf(boundaries, group + 1);

/** The group of a member. */
export const ownerOf = (boundaries: Boundaries, member: number): number =>
  upTo(groupCount(boundaries), (group) => group).find((group) => isOwn(boundaries, group, member)) ?? -1;

/** The last group that has ended with the member, −1 where none has. */
export const endedAt = (boundaries: Boundaries, member: number): number =>
  upTo(groupCount(boundaries), (group) => group).filter((group) => startOf(boundaries, group + 1) <= member + 1).length - 1;

/** [groups, members]: rows that take the mean of a group; zeros for an empty one. */
export const groupMeans = (boundaries: Boundaries): Tensor2D =>
  table(groupCount(boundaries), memberCount(boundaries), (group, member) =>
    isOwn(boundaries, group, member) ? 1 / (startOf(boundaries, group + 1) - startOf(boundaries, group)) : 0,
  );
