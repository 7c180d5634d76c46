import { sparseAttention, withoutPadding } from '@longspan/attention-sparse';
import { defineLayer, type Layer, type LayerOutput, mergeHeads, splitHeads } from '@longspan/core-tensor';
import { sharesOf } from '@longspan/core-tensor/kernel';
import { requireContext } from '@longspan/core-tensor/layer';
import { add, expandDims, mul, reshape, sum, type Tensor, transpose, zeros } from '@tensorflow/tfjs-core';
import { keyStates, keysSoFar } from './kept-keys.ts';
import type { HourglassLevel } from './levels.ts';
import type { HourglassPartContext, HourglassPlan } from './plan.ts';
import { distances, reachMask, reachOf, relativeProjections, relativeTerm, requireBiases } from './relative-scores.ts';

/** The keys of an attention between levels: given by the layer around it. `padding` is that of the groups. */
export interface BetweenLevelsContext extends HourglassPartContext {
  readonly keys?: Tensor | undefined;
  /** With a cache: how many of the last groups the next call gives again, for it has members of them. 0 by default. */
  readonly unfinished?: number | undefined;
}

const reads = ['padding', 'biases', 'seen', 'keys', 'unfinished'];

/** What the layers around an attention between levels give it. */
export const givenBetweenLevels: readonly string[] = ['keys', 'unfinished'];

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
export function attentionToMembers(plan: HourglassPlan, { factor, total }: HourglassLevel): Layer<BetweenLevelsContext, LayerOutput> {
  const { width, heads, window, cache } = plan;
  const headDim = width / heads;
  return defineLayer<BetweenLevelsContext, LayerOutput, ReturnType<typeof relativeProjections>>({
    name: 'attentionToMembers',
    reads,
    states: cache ? keyStates : [],
    parts: relativeProjections(width),
    run({ caller, parts, state }, x, { biases, keys: members, padding, seen }: BetweenLevelsContext) {
      const [batch, queries] = x.shape as [number, number, number];
      const given = requireKeys(caller, members);
      const ofMembers = (part: (x: Tensor) => Tensor): Tensor => membersAsHeads(part(given), heads, factor);
      const kept = { seen, reach: window && Math.ceil(((window.left ?? 0) + 1) / factor) - 1 };
      const { keys, values, before, next } = keysSoFar(state, ofMembers(parts.key), ofMembers(parts.value), kept);
      const groups = before + queries;
      // A window in vectors of the level above: as many whole groups as hold it.
      const reach = Math.min(Math.ceil(reachOf(window, groups * factor) / factor), groups);
      const own = splitHeads(parts.query(x), heads);
      const q = reshape(add(expandDims(own, 2), zeros([batch, heads, factor, queries, headDim])), [
        batch,
        heads * factor,
        queries,
        headDim,
      ]);
      // The tokens that one key stands for are those of the level above.
      const tables = Array.from({ length: factor }, (_, place) => distances(reach, (back) => (place - back * factor) * (total / factor)));
      const score = [relativeTerm(parts.position, requireBiases(caller, biases), tables)];
      const mask = withoutPadding(reachMask(reach, groups), padding);
      const { out, logSumExp } = sparseAttention(q, keys, values, { mask, score, queryOffset: before });
      const byPlace = reshape(logSumExp, [batch, heads, factor, queries]);
      const weights = sharesOf(byPlace, 2);
      const hidden = parts.out(mergeHeads(sum(mul(reshape(out, [batch, heads, factor, queries, headDim]), expandDims(weights, 4)), 2)));
      return cache ? { hidden, state: next(groups, kept.reach) } : hidden;
    },
  });
}

/**
 * Upsampling: each member attends to the vectors of its own group and of those before. Its distances are never scaled by the level's
 * tokens, as in trax.
 * @shape x [b, groups · factor, width], context.keys [b, groups, width] -> [b, groups · factor, width]
 */
export function attentionToGroups(plan: HourglassPlan, { factor }: HourglassLevel): Layer<BetweenLevelsContext, LayerOutput> {
  const { width, heads, window, cache } = plan;
  const headDim = width / heads;
  return defineLayer<BetweenLevelsContext, LayerOutput, ReturnType<typeof relativeProjections>>({
    name: 'attentionToGroups',
    reads,
    states: cache ? keyStates : [],
    parts: relativeProjections(width),
    run({ caller, parts, state }, x, { biases, keys: vectors, unfinished = 0, padding, seen }: BetweenLevelsContext) {
      const given = requireKeys(caller, vectors);
      const [batch, queries] = given.shape as [number, number, number];
      const ofGroups = (part: (x: Tensor) => Tensor): Tensor => splitHeads(part(given), heads);
      const kept = { seen, reach: window && (window.left ?? 0) };
      const { keys, values, before, next } = keysSoFar(state, ofGroups(parts.key), ofGroups(parts.value), kept);
      const groups = before + queries;
      const reach = reachOf(window, groups);
      const q = membersAsHeads(parts.query(x), heads, factor);
      const tables = Array.from({ length: factor }, (_, place) => distances(reach, (back) => -(back * factor + place)));
      const score = [relativeTerm(parts.position, requireBiases(caller, biases), tables)];
      const mask = withoutPadding(reachMask(reach, groups), padding);
      const { out } = sparseAttention(q, keys, values, { mask, score, queryOffset: before });
      const members = transpose(reshape(out, [batch, heads, factor, queries, headDim]), [0, 3, 2, 1, 4]);
      const hidden = parts.out(reshape(members, [batch, queries * factor, width]));
      return cache ? { hidden, state: next(groups - unfinished, kept.reach) } : hidden;
    },
  });
}
