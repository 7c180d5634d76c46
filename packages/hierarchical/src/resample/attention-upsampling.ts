import type { Layer } from '@longspan/core-tensor';
import { ConfigError, requireHeads, requireInteger } from '@longspan/core-tensor/error';
import { rememberByIdentity } from '@longspan/core-tensor/memo';
import { add, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { causalParents, type Neighbours, parents } from '../groups/group-masks.ts';
import type { Groups } from '../groups/groups.ts';
import { attend, attentionSpec, norm } from '../layer/head-attention.ts';
import { checkParameters, initialParameters, normSpec } from '../layer/parameter-spec.ts';
import { requireLength, tokensOf } from '../layer/tokens-of.ts';
import { repeatUpsampling } from './upsampling.ts';

export interface AttentionUpsamplingConfig extends Neighbours {
  /** Features of a vector. */
  readonly width: number;
  readonly heads: number;
  /** Read only groups that are complete at the member: no vector then depends on members after it. `after` must be 0. */
  readonly causal?: boolean;
}

export interface UpsamplingInputs {
  /** [b, groups, width] */
  readonly hidden: Tensor;
  /** [b, n, width]: the members as they were before they were pooled, which ask. */
  readonly members: Tensor;
  readonly groups: Groups;
}

/**
 * Up-samples by attention: each member asks the vector of its group, and of `before` groups before it and `after` behind it, and
 * adds what it hears to itself and its group's vector. Parameters as attentionPooling, and `members_norm`.
 * @shape inputs.hidden [b, groups, width]; inputs.members [b, n, width]; returns [b, n, width]
 * @throws ConfigError when heads do not divide width, or a causal layer is to look behind
 * @cost O(n · width²) time, n · (before + 1 + after) pairs
 * @source Nawrot et al. 2021 (arXiv 2110.13711) §2.3, attention upsampling
 * @example
 * const layer = attentionUpsampling({ width: 4, heads: 2, before: 1 });
 * const inputs = { hidden: ones([1, 2, 4]), members: ones([1, 5, 4]), groups: groupsFromBoundaries([0, 2, 5]) };
 * layer.apply(layer.init(createKey(0)), inputs).shape; // => [1, 5, 4]
 */
export function attentionUpsampling({
  width,
  heads,
  before = 0,
  after = 0,
  causal = false,
}: AttentionUpsamplingConfig): Layer<UpsamplingInputs, Tensor> {
  const caller = 'attentionUpsampling';
  requireHeads(caller, { width, heads });
  requireInteger(caller, { before, after }, 0);
  if (causal && after > 0) {
    throw new ConfigError({
      caller,
      problem: 'a causal layer cannot read groups behind the member.',
      expected: 'after 0, or causal false',
      got: `causal true, after ${after}`,
      remedy: 'leave after out.',
    });
  }
  const spec = { ...normSpec('norm', width), ...normSpec('members_norm', width), ...attentionSpec('attention', width) };
  const maskOf = rememberByIdentity('attentionUpsampling masks', (groups: Groups) =>
    causal ? causalParents(groups, { before }) : parents(groups, { before, after }),
  );
  return {
    init: (key) => initialParameters(spec, key),
    apply(parameters, { hidden, members, groups }) {
      tokensOf(caller, 'hidden', hidden, width);
      tokensOf(caller, 'members', members, width);
      requireLength(caller, 'hidden', hidden, 'groups', groups);
      requireLength(caller, 'members', members, 'members', groups);
      checkParameters(caller, spec, parameters);
      return tidy(() => {
        const whole = add(members, repeatUpsampling(hidden, groups, { causal }));
        const queries = norm(parameters, 'members_norm', whole);
        const keys = norm(parameters, 'norm', hidden);
        return add(whole, attend(parameters, 'attention', { queries, keys }, { heads, mask: maskOf(groups) }));
      });
    },
  };
}
