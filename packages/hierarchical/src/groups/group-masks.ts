import type { Mask } from '@longspan/attention-sparse/mask';
import { requireInteger } from '@longspan/core-tensor/error';
import { causalGroups, type Groups } from './groups.ts';
import { type Intervals, intervalMask } from './interval-mask.ts';

/** Groups on either side of its own that a query sees too. */
export interface Neighbours {
  /** 0 when absent. */
  readonly before?: number;
  /** 0 when absent. */
  readonly after?: number;
}

const at = (values: Int32Array, index: number): number => values[index] as number;

/** The children of each unit: query g sees the members of group g, and of its neighbours. */
export function childIntervals({ offsets, count }: Groups, { before = 0, after = 0 }: Neighbours = {}): Intervals {
  return {
    queries: count,
    first: (group) => at(offsets, Math.max(0, group - before)),
    end: (group) => at(offsets, Math.min(count, group + after + 1)),
  };
}

/** The parent of each unit: query m sees the group it belongs to, and its neighbours. */
export function parentIntervals({ owners, count }: Groups, { before = 0, after = 0 }: Neighbours = {}): Intervals {
  return {
    queries: owners.length,
    first: (member) => Math.max(0, at(owners, member) - before),
    end: (member) => Math.min(count, at(owners, member) + after + 1),
  };
}

/** The siblings of each unit: query m sees the members of its own group that are at most `window` away, itself included. */
export function siblingIntervals({ offsets, owners }: Groups, window: number): Intervals {
  return {
    queries: owners.length,
    first: (member) => Math.max(at(offsets, at(owners, member)), member - window),
    end: (member) => Math.min(at(offsets, at(owners, member) + 1), member + window + 1),
  };
}

/** Query m sees itself. */
export const ownIntervals = (queries: number): Intervals => ({ queries, first: (query) => query, end: (query) => query + 1 });

const text = ({ count, length }: Groups): string => `${count} groups of ${length} members`;

/**
 * The mask of groups that look down at their members: query g sees the members of group g, and those of `before` groups before it
 * and `after` behind it. Give the layout or the attention queryOffset 0.
 * @throws ConfigError when before or after is not an integer of at least 0
 * @cost as many blocks as groups and members together fill
 * @example
 * const mask = children(groupsFromBoundaries([0, 2, 5]));
 * [mask.allows(0, 1), mask.allows(0, 2), mask.allows(1, 4)]; // => [true, false, true]
 */
export function children(groups: Groups, neighbours: Neighbours = {}): Mask {
  requireNeighbours('children', neighbours);
  return intervalMask(`children(${text(groups)}${written(neighbours)})`, [
    { keys: groups.length, intervals: childIntervals(groups, neighbours) },
  ]);
}

/**
 * The mask of members that look up at their groups: query m sees the group of member m, and its neighbours. Give the layout or the
 * attention queryOffset 0.
 * @throws ConfigError when before or after is not an integer of at least 0
 * @cost as many blocks as groups and members together fill
 * @example
 * const mask = parents(groupsFromBoundaries([0, 2, 5]));
 * [mask.allows(1, 0), mask.allows(2, 0), mask.allows(4, 1)]; // => [true, false, true]
 */
export function parents(groups: Groups, neighbours: Neighbours = {}): Mask {
  requireNeighbours('parents', neighbours);
  return intervalMask(`parents(${text(groups)}${written(neighbours)})`, [
    { keys: groups.count, intervals: parentIntervals(groups, neighbours) },
  ]);
}

/**
 * The causal form of `parents`: query m sees the last group that is complete with member m, and `before` groups before that.
 * @throws ConfigError when before is not an integer of at least 0
 * @cost as many blocks as groups and members together fill
 * @example
 * const mask = causalParents(groupsFromBoundaries([0, 2, 5]));
 * [mask.allows(0, 0), mask.allows(1, 0), mask.allows(3, 0), mask.allows(3, 1)]; // => [false, true, true, false]
 */
export function causalParents(groups: Groups, { before = 0 }: { readonly before?: number } = {}): Mask {
  requireNeighbours('causalParents', { before });
  const complete = causalGroups(groups);
  const intervals = {
    queries: groups.length,
    first: (member: number) => Math.max(0, at(complete, member) - before),
    end: (member: number) => at(complete, member) + 1,
  };
  return intervalMask(`causalParents(${text(groups)}${written({ before })})`, [{ keys: groups.count, intervals }]);
}

/**
 * The mask of members of the same group that are at most `window` apart.
 * @throws ConfigError when the window is not an integer of at least 0
 * @cost n · (2 · window + 1) pairs at most, however large a group is
 * @example
 * const mask = siblings(groupsFromBoundaries([0, 4, 6]), { window: 2 });
 * [mask.allows(0, 2), mask.allows(0, 3), mask.allows(3, 4)]; // => [true, false, false]
 */
export function siblings(groups: Groups, { window }: { readonly window: number }): Mask {
  requireInteger('siblings', { window }, 0);
  return intervalMask(`siblings(${text(groups)}, { window: ${window} })`, [
    { keys: groups.length, intervals: siblingIntervals(groups, window) },
  ]);
}

const written = ({ before = 0, after = 0 }: Neighbours): string =>
  before === 0 && after === 0 ? '' : `, { before: ${before}, after: ${after} }`;

const requireNeighbours = (caller: string, { before = 0, after = 0 }: Neighbours): void => requireInteger(caller, { before, after }, 0);
