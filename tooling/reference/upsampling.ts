import { add, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { visiblePairs } from './attention/pairs.ts';
import { type Boundaries, endedAt, groupCount, isOwn, memberCount, ownerOf, startOf } from './groups.ts';
import { normed } from './layer/layer-norm.ts';
import { project } from './layer/linear.ts';
import type { Weights } from './layer/weights.ts';
import { mixed, table } from './numbers/table.ts';
import { askedOf, type NeighbourGroups } from './pooling.ts';

// From groups to members, as in Hourglass (Nawrot et al. 2022, arXiv:2110.13711), §2.2. @shape [b, groups, width] -> [b, members, width]

/** [members, groups]: each member's own group, or the last one that has ended with the member. */
const heard = (groups: Boundaries, causal: boolean) =>
  table(memberCount(groups), groupCount(groups), (member, group) =>
    Number(causal ? endedAt(groups, member) === group : isOwn(groups, group, member)),
  );

/** The vector of its group for each member; zeros where causal and none has ended. */
export const repeatUpsampling = (x: Tensor, groups: Boundaries, { causal = false }: { readonly causal?: boolean } = {}): Tensor =>
  mixed(heard(groups, causal), x);

/** Each member by the part of a dense layer that belongs to its place in the group. @param size members of the largest group */
export function linearUpsampling(
  weights: Weights,
  x: Tensor,
  { groups, size }: { readonly groups: Boundaries; readonly size: number },
): Tensor {
  const [batch = 0, count = 0, width = 0] = x.shape;
  const picked = table(memberCount(groups), count * size, (member, slot) => {
    const group = ownerOf(groups, member);
    return Number(slot === group * size + member - startOf(groups, group));
  });
  return mixed(picked, reshape(project(weights, 'dense', x), [batch, count * size, width]));
}

/** Members take their group's vector, ask it and its neighbours, and what they hear is added. Where causal, only groups that have ended. */
export function attentionUpsampling(
  weights: Weights,
  { members, x }: { readonly members: Tensor; readonly x: Tensor },
  { groups, heads, before = 0, after = 0, causal = false }: NeighbourGroups & { readonly causal?: boolean },
): Tensor {
  const own = (member: number): number => (causal ? endedAt(groups, member) : ownerOf(groups, member));
  const counts = visiblePairs(
    { queries: memberCount(groups), keys: groupCount(groups) },
    ({ query: member, key: group }) => group >= own(member) - before && group <= own(member) + after,
  );
  const whole = add(members, mixed(heard(groups, causal), x));
  const [queries, keys] = [normed(weights, 'members_norm', whole), normed(weights, 'norm', x)];
  return add(whole, askedOf(weights, queries, keys, { heads, counts }));
}

/** Moved right by so many places; zeros come in, and what is pushed out is lost. @shape [b, n, width] */
export function shiftRight(x: Tensor, by: number): Tensor {
  const length = x.shape[1] as number;
  return mixed(
    table(length, length, (to, from) => Number(to === from + by)),
    x,
  );
}
