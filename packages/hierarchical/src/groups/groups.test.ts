import { ConfigError } from '@longspan/core-tensor/error';
import { expect, it } from 'vitest';
import { causalGroups, groupSizes, groupsFromBoundaries, uniformGroups } from './groups.ts';

it('fixed groups have as many members as the factor, the last what is left', () => {
  expect(Array.from(uniformGroups({ length: 9, factor: 3 }).offsets)).toEqual([0, 3, 6, 9]);
  expect(Array.from(uniformGroups({ length: 10, factor: 4 }).owners)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
  expect(uniformGroups({ length: 2, factor: 7 })).toMatchObject({ count: 1, length: 2, largest: 2 });
});

it('ragged groups know their members, empty ones too', () => {
  const groups = groupsFromBoundaries([0, 2, 2, 5, 6]);
  expect(groups).toMatchObject({ count: 4, length: 6, largest: 3 });
  expect(Array.from(groups.owners)).toEqual([0, 0, 2, 2, 2, 3]);
  expect(Array.from(groupSizes(groups))).toEqual([2, 0, 3, 1]);
});

it('a member may read the groups that end with it or before', () => {
  expect(Array.from(causalGroups(groupsFromBoundaries([0, 2, 2, 5, 6])))).toEqual([-1, 0, 1, 1, 2, 3]);
});

it('boundaries that fall, begin late or name no group are rejected', () => {
  expect(() => groupsFromBoundaries([0, 3, 2])).toThrow(
    new ConfigError({
      caller: 'groupsFromBoundaries',
      problem: 'the boundaries of groups must begin at 0 and ascend.',
      expected: 'integers from 0 on, ascending, one more than groups',
      got: '2 at index 2',
      remedy: 'give [0, end of group 0, end of group 1, …].',
    }),
  );
  for (const wrong of [[], [0], [1, 3], [0, 1.5]]) expect(() => groupsFromBoundaries(wrong)).toThrow(ConfigError);
  expect(() => uniformGroups({ length: 4, factor: 0 })).toThrow(ConfigError);
});
