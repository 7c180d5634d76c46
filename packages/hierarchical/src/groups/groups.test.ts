import { ConfigError } from '@longspan/core-tensor/error';
import { expect, it } from 'vitest';
import { completeGroups, groupSizes, groupsAt, groupsOf } from './groups.ts';

it('fixed groups have as many members as the factor, the last what is left', () => {
  expect(Array.from(groupsOf(9, 3).offsets)).toEqual([0, 3, 6, 9]);
  expect(Array.from(groupsOf(10, 4).owners)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
  expect(groupsOf(2, 7)).toMatchObject({ count: 1, length: 2, largest: 2 });
});

it('ragged groups know their members, empty ones too', () => {
  const groups = groupsAt([0, 2, 2, 5, 6]);
  expect(groups).toMatchObject({ count: 4, length: 6, largest: 3 });
  expect(Array.from(groups.owners)).toEqual([0, 0, 2, 2, 2, 3]);
  expect(Array.from(groupSizes(groups))).toEqual([2, 0, 3, 1]);
});

it('a member may read the groups that end with it or before', () => {
  expect(Array.from(completeGroups(groupsAt([0, 2, 2, 5, 6])))).toEqual([-1, 0, 1, 1, 2, 3]);
});

it('boundaries that fall, begin late or name no group are refused', () => {
  expect(() => groupsAt([0, 3, 2])).toThrow(
    new ConfigError({
      door: 'groupsAt',
      problem: 'these are not boundaries of groups.',
      expected: 'whole numbers from 0 on that never fall, one more than groups',
      got: '2 at index 2',
      remedy: 'give [0, end of group 0, end of group 1, …].',
    }),
  );
  for (const wrong of [[], [0], [1, 3], [0, 1.5]]) expect(() => groupsAt(wrong)).toThrow(ConfigError);
  expect(() => groupsOf(4, 0)).toThrow(ConfigError);
});
