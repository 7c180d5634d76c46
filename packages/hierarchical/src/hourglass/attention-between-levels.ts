import { sparseAttention, withoutPadding } from '@longspan/attention-sparse';
import { defineLayer, type Layer, logSumExp as logSumExpOf, mergeHeads, splitHeads } from '@longspan/core-tensor';
import { partWeights } from '@longspan/core-tensor/kernel';
import { requireContext } from '@longspan/core-tensor/layer';
import { add, expandDims, mul, reshape, sum, type Tensor, transpose, zeros } from '@tensorflow/tfjs-core';
import type { HourglassLevel } from './levels.ts';
import type { HourglassPartContext, HourglassPlan } from './plan.ts';
import { distances, reachMask, reachOf, relativeProjections, relativeTerm, requireBiases } from './relative-scores.ts';

/** The keys of an attention between levels: given by the layer around it. `padding` is that of the groups. */
export interface BetweenLevelsContext extends HourglassPartContext {
  readonly keys?: Tensor | undefined;
}

const reads = ['padding', 'biases', 'keys'];

const requireKeys = (caller: string, keys: Tensor | undefined): Tensor =>
  requireContext(caller, 'keys', keys, 'the vectors of the other level');

/** [b, groups · factor, width] → [b, heads · factor, groups, headDim]: head h · factor + r holds the members r of all groups. */
function membersAsHeads(x: Tensor, heads: number, factor: number): Tensor {
  const [batch = 0, members = 0, width = 0] = x.shape;
  const groups = members / factor;
  const split = reshape(x, [batch, groups, factor, heads, width / heads]);
  return reshape(transpose(split, [0, 3, 2, 1, 4]), [batch, heads * factor, groups, width / heads]);
}

/**
 * Downsampling: the vector of a group attends to the members of its own group and of those before. All members with the same place in
 * their groups are one relative attention over groups, a head of its own; their softmaxes are joined by their log-sum-exps.
 * @shape x [b, groups, width], context.keys [b, groups · factor, width] -> [b, groups, width]
 */
export function attentionToMembers(plan: HourglassPlan, { factor, total }: HourglassLevel): Layer<BetweenLevelsContext> {
  const { width, heads, window } = plan;
  const headDim = width / heads;
  return defineLayer({
    name: 'attentionToMembers',
    reads,
    parts: relativeProjections(width),
    run({ caller, parts }, x, { biases, keys: members, padding }: BetweenLevelsContext) {
      const [batch, groups] = x.shape as [number, number, number];
      const keys = requireKeys(caller, members);
      // A window in vectors of the level above: as many whole groups as hold it.
      const reach = Math.min(Math.ceil(reachOf(window, groups * factor) / factor), groups);
      const own = splitHeads(parts.query(x), heads);
      const q = reshape(add(expandDims(own, 2), zeros([batch, heads, factor, groups, headDim])), [batch, heads * factor, groups, headDim]);
      const [k, v] = [membersAsHeads(parts.key(keys), heads, factor), membersAsHeads(parts.value(keys), heads, factor)];
      // The tokens that one key stands for are those of the level above.
      const tables = Array.from({ length: factor }, (_, place) => distances(reach, (back) => (place - back * factor) * (total / factor)));
      const score = [relativeTerm(parts.position, requireBiases(caller, biases), tables)];
      const { out, logSumExp } = sparseAttention(q, k, v, { mask: withoutPadding(reachMask(reach, groups), padding), score });
      const byPlace = reshape(logSumExp, [batch, heads, factor, groups]);
      const weights = partWeights(byPlace, expandDims(logSumExpOf(byPlace, 2), 2));
      return parts.out(mergeHeads(sum(mul(reshape(out, [batch, heads, factor, groups, headDim]), expandDims(weights, 4)), 2)));
    },
  });
}

/**
 * Upsampling: each member attends to the vectors of its own group and of those before. Its distances are never scaled by the level's
 * tokens, as in trax.
 * @shape x [b, groups · factor, width], context.keys [b, groups, width] -> [b, groups · factor, width]
 */
export function attentionToGroups(plan: HourglassPlan, { factor }: HourglassLevel): Layer<BetweenLevelsContext> {
  const { width, heads, window } = plan;
  const headDim = width / heads;
  return defineLayer({
    name: 'attentionToGroups',
    reads,
    parts: relativeProjections(width),
    run({ caller, parts }, x, { biases, keys: vectors, padding }: BetweenLevelsContext) {
      const keys = requireKeys(caller, vectors);
      const [batch, groups] = keys.shape as [number, number, number];
      const reach = reachOf(window, groups);
      const q = membersAsHeads(parts.query(x), heads, factor);
      const [k, v] = [splitHeads(parts.key(keys), heads), splitHeads(parts.value(keys), heads)];
      const tables = Array.from({ length: factor }, (_, place) => distances(reach, (back) => -(back * factor + place)));
      const score = [relativeTerm(parts.position, requireBiases(caller, biases), tables)];
      const { out } = sparseAttention(q, k, v, { mask: withoutPadding(reachMask(reach, groups), padding), score });
      const members = transpose(reshape(out, [batch, heads, factor, groups, headDim]), [0, 3, 2, 1, 4]);
      return parts.out(reshape(members, [batch, groups * factor, width]));
    },
  });
}
