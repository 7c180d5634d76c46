import { dims } from '@longspan/core-tensor';
import { requireKnown } from '@longspan/core-tensor/error';
import { reorderRows, requireFilled } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { causalGroups, type Groups } from '../groups/groups.ts';
import { requireLength } from '../groups/require-length.ts';

/**
 * Gives each member the vector of its group.
 * @shape y [b, groups, c]; returns [b, members, c]
 * @param options.causal give the vector of the last group that is complete at the member instead, zeros where none is: then no
 *   member depends on members after it, if the groups' vectors do not
 * @throws ShapeError when y is empty, or does not have one vector for each group
 * @cost one copy
 * @example
 * const groups = groupsFromBoundaries([0, 2, 3]);
 * await repeatUpsampling(tensor3d([5, 6], [1, 2, 1]), groups).data(); // => [5, 5, 6]
 * await repeatUpsampling(tensor3d([5, 6], [1, 2, 1]), groups, { causal: true }).data(); // => [0, 5, 6]
 */
export function repeatUpsampling(y: Tensor, groups: Groups, options: { readonly causal?: boolean | undefined } = {}): Tensor {
  requireKnown('repeatUpsampling', options, { causal: 'flag' });
  const { causal = false } = options;
  requireFilled('repeatUpsampling', dims('repeatUpsampling', { y: [y, 'b n c:float32'] }));
  requireLength('repeatUpsampling', 'y', y, 'groups', groups);
  return reorderRows(y, causal ? causalGroups(groups) : groups.owners);
}
