import { defineLayer, dims, type Layer, linear } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { fanInDraw } from '@longspan/core-tensor/layer';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import type { Groups } from '../groups/groups.ts';
import { groupsOfContext, requireLength } from '../groups/require-length.ts';
import type { GroupsContext } from './pooling.ts';

export interface LinearResamplingConfig {
  /** Features of a vector. */
  readonly width: number;
  /** Members that a group may have: the fixed factor, or the most of ragged groups. */
  readonly members: number;
}

/**
 * A dense layer over the members of a group side by side, zeros where it has fewer than `members`. Parameters `dense.weight`
 * [width, members · width] and `dense.bias` [width].
 * @shape x [b, n, width], n members -> [b, groups, width]
 * @throws ConfigError when a size is not an integer of at least 1; apply: ConfigError for a group of more members, ShapeError when x
 *   does not fit context.groups
 * @cost O(groups · members · width²) time
 * @source Nawrot et al. 2021 (arXiv 2110.13711) §2.2, linear pooling
 * @example
 * const layer = linearPooling({ width: 1, members: 2 });
 * const parameters = { 'dense.weight': tensor2d([[1, 10]]), 'dense.bias': tensor1d([0]) };
 * const groups = uniformGroups({ length: 3, factor: 2 });
 * await layer.apply(parameters, tensor3d([1, 2, 3], [1, 3, 1]), { groups }).data(); // => [21, 3]
 */
export function linearPooling(config: LinearResamplingConfig): Layer<GroupsContext> {
  requireKnown('linearPooling', config, { width: true, members: true });
  const { width, members } = config;
  requireInteger('linearPooling', { width, members }, 1);
  requireInteger('linearPooling', { 'members times width': members * width }, 1);
  return defineLayer({
    name: 'linearPooling',
    reads: ['groups'],
    parts: { dense: linear({ inFeatures: members * width, outFeatures: width, draw: fanInDraw }) },
    check: checkAs('members', { width, members }),
    run: ({ parts }, x, { groups }: GroupsContext) =>
      parts.dense(reshape(reorderRows(x, memberOfSlot(groups, members)), [x.shape[0] as number, groups.count, members * width])),
  });
}

/**
 * A dense layer that makes the vectors of all members of a group from the group's one. Parameters `dense.weight`
 * [members · width, width] and `dense.bias` [members · width].
 * @shape x [b, groups, width] -> [b, n, width], n members
 * @throws ConfigError when a size is not an integer of at least 1; apply: ConfigError for a group of more members, ShapeError when x
 *   does not fit context.groups
 * @cost O(groups · members · width²) time
 * @source Nawrot et al. 2021 (arXiv 2110.13711) §2.3, linear upsampling
 * @example
 * const layer = linearUpsampling({ width: 1, members: 2 });
 * const parameters = { 'dense.weight': tensor2d([[1], [10]]), 'dense.bias': tensor1d([0, 0]) };
 * const groups = uniformGroups({ length: 3, factor: 2 });
 * await layer.apply(parameters, tensor3d([1, 2], [1, 2, 1]), { groups }).data(); // => [1, 10, 2]
 */
export function linearUpsampling(config: LinearResamplingConfig): Layer<GroupsContext> {
  requireKnown('linearUpsampling', config, { width: true, members: true });
  const { width, members } = config;
  requireInteger('linearUpsampling', { width, members }, 1);
  requireInteger('linearUpsampling', { 'members times width': members * width }, 1);
  return defineLayer({
    name: 'linearUpsampling',
    reads: ['groups'],
    parts: { dense: linear({ inFeatures: width, outFeatures: members * width, draw: fanInDraw }) },
    check: checkAs('groups', { width, members }),
    run: ({ parts }, x, { groups }: GroupsContext) =>
      reorderRows(reshape(parts.dense(x), [x.shape[0] as number, groups.count * members, width]), slotOfMember(groups, members)),
  });
}

/** Each group has so many slots in a row: which member stands in each, −1 where the group has fewer. */
const memberOfSlot = ({ offsets, count }: Groups, slots: number): Int32Array =>
  Int32Array.from({ length: count * slots }, (_, at) => {
    const group = Math.floor(at / slots);
    const member = (offsets[group] as number) + (at % slots);
    return member < (offsets[group + 1] as number) ? member : -1;
  });

/** In which slot each member stands. */
const slotOfMember = ({ offsets, owners }: Groups, slots: number): Int32Array =>
  owners.map((group, member) => group * slots + member - (offsets[group] as number));

const checkAs =
  (what: 'members' | 'groups', { width, members }: LinearResamplingConfig) =>
  (caller: string, x: Tensor, context: GroupsContext): void => {
    dims(caller, { x: [x, `b n ${width}:float32`] });
    const groups = groupsOfContext(caller, context.groups);
    requireLength(caller, 'x', x, what, groups);
    if (groups.largest <= members) return;
    throw new ConfigError({
      caller,
      problem: 'every group must have at most as many members as the layer was made for.',
      expected: `at most ${members} members`,
      got: `${groups.largest}`,
      remedy: 'make the layer with more members, or cut the group.',
    });
  };
