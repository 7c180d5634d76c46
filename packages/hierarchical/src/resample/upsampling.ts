import { applyLinear, type Layer, parameter } from '@longspan/core-tensor';
import { requireInteger } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { causalGroups, type Groups } from '../groups/groups.ts';
import { checkParameters, initialParameters, linearSpec } from '../layer/parameter-spec.ts';
import { requireLength, tokensOf } from '../layer/tokens-of.ts';
import { type GroupedInputs, type LinearPoolingConfig, requireRoom } from './pooling.ts';

/**
 * Gives each member the vector of its group.
 * @shape y [b, groups, c]; returns [b, members, c]
 * @param options.causal give the vector of the last group that is complete at the member instead, zeros where none is: then no
 *   member reads of members after it, if the groups' vectors do not
 * @throws ShapeError when y has not one vector for each group
 * @cost one copy
 * @example
 * const groups = groupsFromBoundaries([0, 2, 3]);
 * await repeatUpsampling(tensor3d([5, 6], [1, 2, 1]), groups).data(); // => [5, 5, 6]
 * await repeatUpsampling(tensor3d([5, 6], [1, 2, 1]), groups, { causal: true }).data(); // => [0, 5, 6]
 */
export function repeatUpsampling(y: Tensor, groups: Groups, { causal = false }: { readonly causal?: boolean } = {}): Tensor {
  tokensOf('repeatUpsampling', 'y', y);
  requireLength('repeatUpsampling', 'y', y, 'groups', groups);
  return reorderRows(y, causal ? causalGroups(groups) : groups.owners);
}

/**
 * A dense layer that makes the vectors of all members of a group from the group's one. Parameters `dense.weight`
 * [size · width, width] and `dense.bias` [size · width].
 * @shape inputs.hidden [b, groups, width]; returns [b, members, width]
 * @throws ConfigError when a size is not an integer of at least 1; apply: ConfigError for a group of more than `size` members
 * @cost O(groups · size · width²) time
 * @source Nawrot et al. 2021 (arXiv 2110.13711) §2.3, linear upsampling
 * @example
 * const layer = linearUpsampling({ width: 1, size: 2 });
 * const parameters = { 'dense.weight': tensor2d([[1], [10]]), 'dense.bias': tensor1d([0, 0]) };
 * await layer.apply(parameters, { hidden: tensor3d([1, 2], [1, 2, 1]), groups: uniformGroups(3, 2) }).data(); // => [1, 10, 2]
 */
export function linearUpsampling({ width, size }: LinearPoolingConfig): Layer<GroupedInputs, Tensor> {
  const caller = 'linearUpsampling';
  requireInteger(caller, { width, size }, 1);
  const spec = linearSpec('dense', width, size * width);
  return {
    init: (key) => initialParameters(spec, key),
    apply: (parameters, { hidden, groups }) => {
      const { batch } = tokensOf(caller, 'hidden', hidden, width);
      requireLength(caller, 'hidden', hidden, 'groups', groups);
      requireRoom(caller, groups, size);
      checkParameters(caller, spec, parameters);
      return tidy(() => {
        const all = applyLinear(hidden, parameter(parameters, 'dense.weight', caller), parameter(parameters, 'dense.bias', caller));
        return reorderRows(reshape(all, [batch, groups.count * size, width]), slotOfMember(groups, size));
      });
    },
  };
}

/** In which row of [groups · size] each member stands. */
const slotOfMember = ({ offsets, owners }: Groups, size: number): Int32Array =>
  owners.map((group, member) => group * size + member - (offsets[group] as number));
