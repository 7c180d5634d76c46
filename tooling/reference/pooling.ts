import { add, expandDims, max, mul, reshape, sub, type Tensor } from '@tensorflow/tfjs-core';
import { visiblePairs } from './attention/pairs.ts';
import { type Boundaries, groupCount, groupMeans, isOwn, memberCount, ownerOf, startOf } from './groups.ts';
import { normed } from './layer/layer-norm.ts';
import { project } from './layer/linear.ts';
import { multiHeadAttention } from './layer/multi-head-attention.ts';
import type { Weights } from './layer/weights.ts';
import { mixed, table } from './numbers/table.ts';

// From members to groups, as in Hourglass (Nawrot et al. 2022, "Hierarchical Transformers Are More Efficient Language Models",
// arXiv:2110.13711), §2.1, over groups of any lengths. @shape [b, members, width] -> [b, groups, width]

export const meanPooling = (x: Tensor, groups: Boundaries): Tensor => mixed(groupMeans(groups), x);

/** The largest of a table of all members; 0 where a group has none. */
export function maxPooling(x: Tensor, groups: Boundaries): Tensor {
  const [count, members] = [groupCount(groups), memberCount(groups)];
  const outside = table(count, members, (group, member) => (isOwn(groups, group, member) ? 0 : 1e9));
  const hasMembers = table(count, 1, (group) => Number(startOf(groups, group + 1) > startOf(groups, group)));
  return mul(max(sub(expandDims(x, 1), reshape(outside, [1, count, members, 1])), 2), reshape(hasMembers, [1, count, 1]));
}

/** A dense layer over the members side by side, zeros where a group has fewer. @param size members of the largest group */
export function linearPooling(
  weights: Weights,
  x: Tensor,
  { groups, size }: { readonly groups: Boundaries; readonly size: number },
): Tensor {
  const [batch = 0, members = 0, width = 0] = x.shape;
  const count = groupCount(groups);
  const slots = table(count * size, members, (slot, member) => {
    const group = Math.floor(slot / size);
    return Number(isOwn(groups, group, member) && member - startOf(groups, group) === slot % size);
  });
  return project(weights, 'dense', reshape(mixed(slots, x), [batch, count, size * width]));
}

export interface NeighbourGroups {
  readonly groups: Boundaries;
  readonly heads: number;
  /** How many groups before and after its own are heard too; 0 by default. */
  readonly before?: number | undefined;
  readonly after?: number | undefined;
}

/** The means of groups ask their members and those of their neighbours, and what they hear is added to the means. */
export function attentionPooling(weights: Weights, x: Tensor, { groups, heads, before = 0, after = 0 }: NeighbourGroups): Tensor {
  const keys = normed(weights, 'norm', x);
  const counts = visiblePairs({ queries: groupCount(groups), keys: memberCount(groups) }, ({ query: group, key: member }) => {
    const owner = ownerOf(groups, member);
    return owner >= group - before && owner <= group + after;
  });
  const queries = mixed(groupMeans(groups), keys);
  return add(mixed(groupMeans(groups), x), askedOf(weights, queries, keys, { heads, counts }));
}

/** What queries hear from keys, through a layer for the output. */
export const askedOf = (
  weights: Weights,
  queries: Tensor,
  keys: Tensor,
  { heads, counts }: { readonly heads: number; readonly counts: Tensor },
): Tensor =>
  project(weights, 'attention.out', multiHeadAttention(weights, { queries, keys, heads, name: (part) => `attention.${part}` }, { counts }));
