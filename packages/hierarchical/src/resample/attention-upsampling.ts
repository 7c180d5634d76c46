import { defineLayer, dims, type Layer, layerNorm } from '@longspan/core-tensor';
import { ConfigError, requireHeads, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { requireContext } from '@longspan/core-tensor/layer';
import { rememberByIdentity } from '@longspan/core-tensor/memo';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import { maskedAttention } from '../attention/masked-attention.ts';
import { causalParents, type Neighbours, parents } from '../groups/group-masks.ts';
import type { Groups } from '../groups/groups.ts';
import { groupsOfContext, requireLength } from '../groups/require-length.ts';
import type { GroupsContext } from './pooling.ts';
import { repeatUpsampling } from './upsampling.ts';

export interface AttentionUpsamplingConfig extends Neighbours {
  /** Features of a vector. */
  readonly width: number;
  readonly heads: number;
  /** Read only groups that are complete at the member: no vector then depends on members after it. `after` must be 0; false by default. */
  readonly causal?: boolean | undefined;
}

export interface UpsamplingContext extends GroupsContext {
  /** [b, n, width]: the members as they were before they were pooled, which are the queries. */
  readonly members: Tensor;
}

/**
 * Upsamples by attention: each member attends to the vector of its group, and to `before` groups before it and `after` after it; the
 * result is added to the member and its group's vector. Parameters as attentionPooling, and `members_norm`.
 * @shape x [b, groups, width]; context.members [b, n, width] -> [b, n, width]
 * @throws ConfigError when heads do not divide width, or a causal layer is to attend ahead; apply: ShapeError when x or the members do not
 *   fit context.groups
 * @cost O(n · width²) time, n · (before + 1 + after) pairs
 * @source Nawrot et al. 2021 (arXiv 2110.13711) §2.3, attention upsampling
 * @example
 * const layer = attentionUpsampling({ width: 4, heads: 2, before: 1 });
 * const context = { members: ones([1, 5, 4]), groups: groupsFromBoundaries([0, 2, 5]) };
 * layer.apply(layer.init(createKey(0)), ones([1, 2, 4]), context).shape; // => [1, 5, 4]
 */
export function attentionUpsampling(config: AttentionUpsamplingConfig): Layer<UpsamplingContext> {
  const name = 'attentionUpsampling';
  requireKnown(name, config, { width: true, heads: true, before: true, after: true, causal: 'flag' });
  const { width, heads, before = 0, after = 0, causal = false } = config;
  requireHeads(name, { width, heads });
  requireInteger(name, { before, after }, 0);
  if (causal && after > 0) {
    throw new ConfigError({
      caller: name,
      problem: 'a causal layer must read only groups up to that of the member.',
      expected: 'after 0, or causal false',
      got: `causal true, after ${after}`,
      remedy: 'leave after out.',
    });
  }
  const maskOf = rememberByIdentity('attentionUpsampling masks', (groups: Groups) =>
    causal ? causalParents(groups, { before }) : parents(groups, { before, after }),
  );
  return defineLayer({
    name,
    reads: ['groups', 'members'],
    provides: ['keys', 'mask'],
    parts: { norm: layerNorm({ width }), members_norm: layerNorm({ width }), attention: maskedAttention({ width, heads }) },
    check(caller, x, context) {
      const groups = groupsOfContext(caller, context.groups);
      const members = requireContext(caller, 'members', context.members, 'a tensor [b, n, width]');
      dims(caller, { x: [x, `b g ${width}:float32`], members: [members, `b n ${width}:float32`] });
      requireLength(caller, 'x', x, 'groups', groups);
      requireLength(caller, 'members', members, 'members', groups);
    },
    run({ parts }, x, { groups, members }: UpsamplingContext) {
      const sum = add(members, repeatUpsampling(x, groups, { causal }));
      return add(sum, parts.attention(parts.members_norm(sum), { keys: parts.norm(x), mask: maskOf(groups) }));
    },
  });
}
