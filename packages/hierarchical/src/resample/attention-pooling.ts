import { defineLayer, dims, type Layer, layerNorm } from '@longspan/core-tensor';
import { requireHeads, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { rememberByIdentity } from '@longspan/core-tensor/memo';
import { add } from '@tensorflow/tfjs-core';
import { maskedAttention } from '../attention/masked-attention.ts';
import { children, type Neighbours } from '../groups/group-masks.ts';
import type { Groups } from '../groups/groups.ts';
import { groupsOfContext, requireLength } from '../groups/require-length.ts';
import { type GroupsContext, meanPooling } from './pooling.ts';

export interface AttentionPoolingConfig extends Neighbours {
  /** Features of a vector. */
  readonly width: number;
  readonly heads: number;
}

/**
 * Pools by attention: the mean of a group attends to its members, and to those of `before` groups before it and `after` after it, and
 * the result is added to the mean. With `after` 0 no vector depends on members after its group. Parameters `norm`, and
 * `attention.query`, `.key`, `.value`, `.out`, each `.weight` and `.bias`.
 * @shape x [b, n, width], n members -> [b, groups, width]; zeros for an empty group without neighbours, but for the bias
 * @throws ConfigError when heads do not divide width; apply: ShapeError when x does not fit context.groups
 * @cost O(n · width²) time, n · (before + 1 + after) pairs
 * @source Dai et al. 2020 (arXiv 2006.03236) §2.2 (pooled queries, unpooled keys); Nawrot et al. 2021 (arXiv 2110.13711) §2.2
 * @example
 * const layer = attentionPooling({ width: 4, heads: 2 });
 * const groups = groupsFromBoundaries([0, 2, 5]);
 * layer.apply(layer.init(createKey(0)), ones([1, 5, 4]), { groups }).shape; // => [1, 2, 4]
 */
export function attentionPooling(config: AttentionPoolingConfig): Layer<GroupsContext> {
  const name = 'attentionPooling';
  requireKnown(name, config, { width: true, heads: true, before: true, after: true });
  const { width, heads, before = 0, after = 0 } = config;
  requireHeads(name, { width, heads });
  requireInteger(name, { before, after }, 0);
  const maskOf = rememberByIdentity('attentionPooling masks', (groups: Groups) => children(groups, { before, after }));
  return defineLayer({
    name,
    reads: ['groups'],
    provides: ['keys', 'mask'],
    parts: { norm: layerNorm({ width }), attention: maskedAttention({ width, heads }) },
    check(caller, x, { groups }) {
      dims(caller, { x: [x, `b n ${width}:float32`] });
      requireLength(caller, 'x', x, 'members', groupsOfContext(caller, groups));
    },
    run({ parts }, x, { groups }: GroupsContext) {
      const keys = parts.norm(x);
      return add(meanPooling(x, groups), parts.attention(meanPooling(keys, groups), { keys, mask: maskOf(groups) }));
    },
  });
}
