import type { Layer } from '@longspan/core-tensor';
import { requireHeads, requireInteger } from '@longspan/core-tensor/error';
import { rememberByIdentity } from '@longspan/core-tensor/memo';
import { add, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { children, type Neighbours } from '../groups/group-masks.ts';
import type { Groups } from '../groups/groups.ts';
import { attend, attentionSpec, norm } from '../layer/head-attention.ts';
import { checkParameters, initialParameters, normSpec } from '../layer/parameter-spec.ts';
import { requireLength, tokensOf } from '../layer/tokens-of.ts';
import { type GroupedInputs, meanPooling } from './pooling.ts';

export interface AttentionPoolingConfig extends Neighbours {
  /** Features of a vector. */
  readonly width: number;
  readonly heads: number;
}

/**
 * Pools by attention: the mean of a group asks its members, and those of `before` groups before it and `after` behind it, and adds
 * what it hears. With `after` 0 no vector depends on members behind its group. Parameters `norm`, and `attention.query`, `.key`,
 * `.value`, `.out`, each `.weight` and `.bias`.
 * @shape inputs.hidden [b, n, width]; returns [b, groups, width]; zeros for an empty group without neighbours, but for the bias
 * @throws ConfigError when heads do not divide width
 * @cost O(n · width²) time, n · (before + 1 + after) pairs
 * @source Dai et al. 2020 (arXiv 2006.03236) §2.2 (pooled queries, unpooled keys); Nawrot et al. 2021 (arXiv 2110.13711) §2.2
 * @example
 * const layer = attentionPooling({ width: 4, heads: 2 });
 * layer.apply(layer.init(createKey(0)), { hidden: ones([1, 5, 4]), groups: groupsFromBoundaries([0, 2, 5]) }).shape; // => [1, 2, 4]
 */
export function attentionPooling({ width, heads, before = 0, after = 0 }: AttentionPoolingConfig): Layer<GroupedInputs, Tensor> {
  const caller = 'attentionPooling';
  requireHeads(caller, { width, heads });
  requireInteger(caller, { before, after }, 0);
  const spec = { ...normSpec('norm', width), ...attentionSpec('attention', width) };
  const maskOf = rememberByIdentity('attentionPooling masks', (groups: Groups) => children(groups, { before, after }));
  return {
    init: (key) => initialParameters(spec, key),
    apply(parameters, { hidden, groups }) {
      tokensOf(caller, 'hidden', hidden, width);
      requireLength(caller, 'hidden', hidden, 'members', groups);
      checkParameters(caller, spec, parameters);
      return tidy(() => {
        const keys = norm(parameters, 'norm', hidden);
        const pooled = meanPooling(hidden, groups);
        const heard = attend(parameters, 'attention', { queries: meanPooling(keys, groups), keys }, { heads, mask: maskOf(groups) });
        return add(pooled, heard);
      });
    },
  };
}
