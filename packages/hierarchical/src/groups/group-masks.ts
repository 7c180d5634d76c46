import type { Mask, Sides } from '@longspan/attention-sparse/mask';
import { requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { causalGroups, type Groups, requireGroups } from './groups.ts';
import { type Intervals, intervalMask } from './interval-mask.ts';

/** Groups on either side of its own that a query attends to as well. */
export interface Neighbours {
  /** 0 by default. */
  readonly before?: number | undefined;
  /** 0 by default. */
  readonly after?: number | undefined;
}

const at = (values: Int32Array, index: number): number => values[index] as number;

/** The children of each unit: query g attends to the members of group g, and of its neighbours. */
export function childIntervals({ offsets, count }: Groups, { before = 0, after = 0 }: Neighbours = {}): Intervals {
  return {
    queries: count,
    first: (group) => at(offsets, Math.max(0, group - before)),
    end: (group) => at(offsets, Math.min(count, group + after + 1)),
  };
}

/** The parent of each unit: query m attends to the group it belongs to, and to its neighbours. */
export function parentIntervals({ owners, count }: Groups, { before = 0, after = 0 }: Neighbours = {}): Intervals {
  return {
    queries: owners.length,
    first: (member) => Math.max(0, at(owners, member) - before),
    end: (member) => Math.min(count, at(owners, member) + after + 1),
  };
}

/** The siblings of each unit: query m attends to the members of its own group within the window around it, itself included. */
export function siblingIntervals({ offsets, owners }: Groups, { left = 0, right = 0 }: Sides): Intervals {
  return {
    queries: owners.length,
    first: (member) => Math.max(at(offsets, at(owners, member)), member - left),
    end: (member) => Math.min(at(offsets, at(owners, member) + 1), member + right + 1),
  };
}

/** Query m attends to itself. */
export const ownIntervals = (queries: number): Intervals => ({ queries, first: (query) => query, end: (query) => query + 1 });

const text = ({ count, length }: Groups): string => `${count} groups of ${length} members`;

/**
 * The mask of groups that attend to their members: query g to the members of group g, and to those of `before` groups before it and
 * `after` after it. Give the layout or the attention queryOffset 0.
 * @throws ConfigError when before or after is not an integer of at least 0
 * @cost as many blocks as groups and members together fill
 * @example
 * const mask = children(groupsFromBoundaries([0, 2, 5]));
 * [mask.allows(0, 1), mask.allows(0, 2), mask.allows(1, 4)]; // => [true, false, true]
 */
export function children(groups: Groups, neighbours: Neighbours = {}): Mask {
  requireGroups('children', 'groups', groups);
  requireNeighbours('children', neighbours);
  return intervalMask(`children(${text(groups)}${written(neighbours)})`, [
    { keys: groups.length, intervals: childIntervals(groups, neighbours) },
  ]);
}

/**
 * The mask of members that attend to their groups: query m to the group of member m, and to its neighbours. Give the layout or the
 * attention queryOffset 0.
 * @throws ConfigError when before or after is not an integer of at least 0
 * @cost as many blocks as groups and members together fill
 * @example
 * const mask = parents(groupsFromBoundaries([0, 2, 5]));
 * [mask.allows(1, 0), mask.allows(2, 0), mask.allows(4, 1)]; // => [true, false, true]
 */
export function parents(groups: Groups, neighbours: Neighbours = {}): Mask {
  requireGroups('parents', 'groups', groups);
  requireNeighbours('parents', neighbours);
  return intervalMask(`parents(${text(groups)}${written(neighbours)})`, [
    { keys: groups.count, intervals: parentIntervals(groups, neighbours) },
  ]);
}

/**
 * The causal form of `parents`: query m attends to the last group that is complete with member m, and to `before` groups before that.
 * @throws ConfigError when before is not an integer of at least 0
 * @cost as many blocks as groups and members together fill
 * @example
 * const mask = causalParents(groupsFromBoundaries([0, 2, 5]));
 * [mask.allows(0, 0), mask.allows(1, 0), mask.allows(3, 0), mask.allows(3, 1)]; // => [false, true, true, false]
 */
export function causalParents(groups: Groups, options: { readonly before?: number | undefined } = {}): Mask {
  requireGroups('causalParents', 'groups', groups);
  requireKnown('causalParents', options, { before: true });
  const { before = 0 } = options;
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
 * The mask of members that attend to members of their own group: to `left` before them, to themselves, and to `right` after them.
 * @throws ConfigError when a side of the window is not an integer of at least 0
 * @cost n · (left + 1 + right) pairs at most, however large a group is
 * @example
 * const mask = siblings(groupsFromBoundaries([0, 4, 6]), { window: { left: 2, right: 2 } });
 * [mask.allows(0, 2), mask.allows(0, 3), mask.allows(3, 4)]; // => [true, false, false]
 */
export function siblings(groups: Groups, options: { readonly window: Sides }): Mask {
  requireGroups('siblings', 'groups', groups);
  requireKnown('siblings', options, { window: true });
  const { window } = options;
  requireWindow('siblings', window);
  return intervalMask(`siblings(${text(groups)}, { window: ${windowText(window)} })`, [
    { keys: groups.length, intervals: siblingIntervals(groups, window) },
  ]);
}

/** How an error or a name writes a window. */
export const windowText = ({ left = 0, right = 0 }: Sides): string => `{ left: ${left}, right: ${right} }`;

/** Throws unless both sides of a window are integers of at least 0. */
export function requireWindow(caller: string, window: Sides): void {
  requireKind(caller, 'window', window, 'record');
  requireKnown(`${caller} window`, window, { left: true, right: true });
  const { left = 0, right = 0 } = window;
  requireInteger(caller, { 'window.left': left, 'window.right': right }, 0);
}

const written = ({ before = 0, after = 0 }: Neighbours): string =>
  before === 0 && after === 0 ? '' : `, { before: ${before}, after: ${after} }`;

function requireNeighbours(caller: string, neighbours: Neighbours): void {
  requireKnown(caller, neighbours, { before: true, after: true });
  const { before = 0, after = 0 } = neighbours;
  requireInteger(caller, { before, after }, 0);
}
