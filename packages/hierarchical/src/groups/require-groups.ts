import { ConfigError, isList, isRecord, show } from '@longspan/core-tensor/error';
import type { Groups } from './groups.ts';

/** Throws unless it is what one of the functions that make groups gave. */
export function requireGroups(caller: string, name: string, groups: Groups): void {
  if (isRecord(groups) && isList(groups.offsets) && isList(groups.owners) && typeof groups.count === 'number') return;
  throw new ConfigError({
    caller,
    problem: `${name} must be groups.`,
    expected: 'what uniformGroups or groupsFromBoundaries gives',
    got: show(groups),
    remedy: isList(groups) ? 'give groupsFromBoundaries(boundaries).' : 'give uniformGroups({ length, factor }).',
  });
}
