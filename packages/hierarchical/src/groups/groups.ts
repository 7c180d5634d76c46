import {
  ConfigError,
  isList,
  isRecord,
  isStamped,
  requireInteger,
  requireIntegers,
  requireKnown,
  show,
  stamped,
  typeName,
} from '@longspan/core-tensor/error';

/** A sequence cut into consecutive groups: each of a fixed number of members, or by boundaries of their own. */
export interface Groups {
  /** Int32 [count + 1], ascending: group g holds the members offsets[g] … offsets[g + 1] − 1. A group may be empty. */
  readonly offsets: Int32Array;
  /** How many groups. */
  readonly count: number;
  /** How many members, all groups together. */
  readonly length: number;
  /** Int32 [length]: the group of each member. */
  readonly owners: Int32Array;
  /** Members of the largest group. */
  readonly largest: number;
}

/** Members of all groups of a sequence, at the most: lists of the host hold a number for each. */
export const mostMembers = 100_000_000;

/**
 * Groups of `factor` members; the last one has what is left.
 * @param options.length members, all groups together
 * @throws ConfigError when the length or the factor is not an integer of at least 1, or the length is above 100,000,000
 * @cost O(length) on the host
 * @example
 * Array.from(uniformGroups({ length: 7, factor: 3 }).offsets); // => [0, 3, 6, 7]
 */
export function uniformGroups(options: { readonly length: number; readonly factor: number }): Groups {
  requireKnown('uniformGroups', options, { length: true, factor: true });
  const { length, factor } = options;
  requireInteger('uniformGroups', { length }, 1, { atMost: mostMembers });
  requireInteger('uniformGroups', { factor }, 1);
  const count = Math.ceil(length / factor);
  return groupsFromBoundaries(Int32Array.from({ length: count + 1 }, (_, group) => Math.min(group * factor, length)));
}

/**
 * Groups by their boundaries: group g holds the members offsets[g] … offsets[g + 1] − 1.
 * @throws ConfigError when the boundaries do not begin at 0 or descend, there are no groups, or more than 100,000,000 members
 * @cost O(members) on the host
 * @example
 * Array.from(groupsFromBoundaries([0, 2, 2, 5]).owners); // => [0, 0, 2, 2, 2]
 */
export function groupsFromBoundaries(boundaries: ArrayLike<number>): Groups {
  const given = requireIntegers('groupsFromBoundaries', 'boundaries', boundaries);
  const wrong = given.findIndex((offset, at) => offset < (at === 0 ? 0 : (given[at - 1] as number)));
  if (wrong >= 0 || given.length < 2 || given[0] !== 0) {
    throw new ConfigError({
      caller: 'groupsFromBoundaries',
      problem: 'the boundaries of groups must begin at 0 and ascend.',
      expected: 'integers from 0 on, ascending, one more than groups',
      got: wrong >= 0 ? `${given[wrong]} at index ${wrong}` : `[${given.slice(0, 6).join(', ')}${given.length > 6 ? ', …' : ''}]`,
      remedy: 'give [0, end of group 0, end of group 1, …].',
    });
  }
  const count = given.length - 1;
  const length = given[count] as number;
  const remedy = 'cut the sequence.';
  requireInteger('groupsFromBoundaries', { 'the last boundary': length }, 0, { atMost: mostMembers, remedy });
  const offsets = Int32Array.from(given);
  const owners = new Int32Array(length);
  let largest = 0;
  for (let group = 0; group < count; group++) {
    const [start, end] = [offsets[group] as number, offsets[group + 1] as number];
    owners.fill(group, start, end);
    largest = Math.max(largest, end - start);
  }
  return stamped({ offsets, count, length, owners, largest });
}

/** How many members each group has: Int32 [count]. */
export const groupSizes = ({ offsets, count }: Groups): Int32Array =>
  Int32Array.from({ length: count }, (_, group) => (offsets[group + 1] as number) - (offsets[group] as number));

/**
 * For each member the last group that is complete once the member is there, −1 where none is: what a member may read of its
 * groups without seeing members after it.
 * @cost O(members) on the host
 * @example
 * Array.from(causalGroups(groupsFromBoundaries([0, 2, 5]))); // => [-1, 0, 0, 0, 1]
 */
export function causalGroups(groups: Groups): Int32Array {
  requireGroups('causalGroups', 'groups', groups);
  const { offsets, owners } = groups;
  return owners.map((group, member) => (member === (offsets[group + 1] as number) - 1 ? group : group - 1));
}

/** Whether all fields are what the offsets say: groups that came from a worker, say, are copies. */
function followFromBoundaries({ offsets, count, length, owners, largest }: Groups): boolean {
  if (typeName(offsets) !== 'Int32Array' || typeName(owners) !== 'Int32Array') return false;
  const isAscending = offsets[0] === 0 && offsets.every((offset, at) => at === 0 || offset >= (offsets[at - 1] as number));
  if (!isAscending || offsets.length < 2 || offsets.at(-1) !== owners.length) return false;
  const own = groupsFromBoundaries(offsets);
  return (
    own.count === count && own.length === length && own.largest === largest && own.owners.every((owner, member) => owner === owners[member])
  );
}

/** Throws unless it is what one of the functions that make groups gave. */
export function requireGroups(caller: string, name: string, groups: Groups): void {
  if (isStamped(groups) ? 'owners' in groups : isRecord(groups) && followFromBoundaries(groups)) return;
  throw new ConfigError({
    caller,
    problem: `${name} must be groups.`,
    expected: 'what uniformGroups or groupsFromBoundaries gives',
    got: show(groups),
    remedy: isList(groups) ? 'give groupsFromBoundaries(boundaries).' : 'give uniformGroups({ length, factor }).',
  });
}
