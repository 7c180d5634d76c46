import { ShapeError } from '@longspan/core-tensor/error';
import { requireFilled } from '@longspan/core-tensor/kernel';
import { requireContext } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Groups } from './groups.ts';
import { requireGroups } from './groups.ts';

/** Throws unless the groups have members, and the sequence as many vectors as they have members, or as there are groups. */
export function requireLength(caller: string, name: string, x: Tensor, what: 'members' | 'groups', groups: Groups): void {
  requireGroups(caller, 'groups', groups);
  const { length, count } = groups;
  requireFilled(caller, { members: length });
  const wanted = what === 'members' ? length : count;
  if (x.shape[1] === wanted) return;
  throw new ShapeError({
    caller,
    problem: `${name} must have one vector for each of the ${what}.`,
    expected: `[b, ${wanted}, c]  (set by groups)`,
    got: `[${x.shape.join(', ')}]`,
    remedy: `make groups for this sequence, or check ${name}.`,
  });
}

/** The groups of a context, which a layer cannot do without. */
export function groupsOfContext(caller: string, given: Groups | undefined): Groups {
  const groups = requireContext(caller, 'groups', given, 'uniformGroups({ length, factor })');
  requireGroups(caller, 'context.groups', groups);
  return groups;
}
