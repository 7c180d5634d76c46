import { withoutPadding } from '@longspan/attention-sparse';
import { type AttentionRequest, defineLayer, type Layer, type LayerOutput, logSumExp, mergeHeads, splitHeads } from '@longspan/core-tensor';
import {
  type AttentionCall,
  attentionCall,
  attentionRows,
  joinedRows,
  type RowWeights,
  rowsOf,
  rowsOfHeads,
  runAttention,
  sharesOf,
} from '@longspan/core-tensor/kernel';
import { requireContext } from '@longspan/core-tensor/layer';
import { add, expandDims, less, mul, reshape, scalar, sum, type Tensor, tensor, transpose, where, zeros } from '@tensorflow/tfjs-core';
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
    attentions: [''],
    states: cache ? keyStates : [],
    parts: relativeProjections(width),
    run({ caller, parts, state, asked, tell }, x, { biases, keys: members, padding, seen }: BetweenLevelsContext) {
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
      const call = attentionCall(caller, q, keys, values, { mask, score, queryOffset: before });
      const { out, logSumExp: ofPlaces } = runAttention(call);
      const byPlace = reshape(ofPlaces, [batch, heads, factor, queries]);
      if (asked !== undefined) tell(rowsOverMembers(caller, call, byPlace, asked));
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
    attentions: [''],
    states: cache ? keyStates : [],
    parts: relativeProjections(width),
    run({ caller, parts, state, asked, tell }, x, { biases, keys: vectors, unfinished = 0, padding, seen }: BetweenLevelsContext) {
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
      const call = attentionCall(caller, q, keys, values, { mask, score, queryOffset: before });
      const { out, logSumExp: ofPlaces } = runAttention(call);
      if (asked !== undefined) tell(rowsOfMembers(caller, call, { ...asked, factor, logSumExp: ofPlaces }));
      const members = transpose(reshape(out, [batch, heads, factor, queries, headDim]), [0, 3, 2, 1, 4]);
      const hidden = parts.out(reshape(members, [batch, queries * factor, width]));
      return cache ? { hidden, state: next(groups - unfinished, kept.reach) } : hidden;
    },
  });
}

/**
 * Rows of groups over the members of all groups, whose shares the places have by their log-sum-exps: key m is member m. Groups
 * end with the vectors 0, factor, 2 · factor, … of the level above, so that it is the vector m − factor + 1 there, and zeros below 0.
 * @param byPlace [b, heads, factor, queries]
 */
function rowsOverMembers(caller: string, call: AttentionCall, byPlace: Tensor, { queries, heads: chosen }: AttentionRequest): RowWeights {
  const [batch, heads, factor, groups] = byPlace.shape as [number, number, number, number];
  const whole = reshape(add(expandDims(logSumExp(byPlace, 2), 2), zeros([1, 1, factor, 1])), [batch, heads * factor, groups]);
  const { keys, weights } = attentionRows(caller, call, { queries, logSumExp: whole });
  const width = keys.shape[3] as number;
  const byQuery = (x: Tensor): Tensor =>
    reshape(transpose(reshape(x, [batch, heads, factor, queries.length, width]), [0, 1, 3, 2, 4]), [
      batch,
      heads,
      queries.length,
      factor * width,
    ]);
  const place = tensor(
    Int32Array.from({ length: factor * width }, (_, at) => Math.floor(at / width)),
    [factor * width],
    'int32',
  );
  const groupOf = byQuery(keys);
  const members = where(less(groupOf, 0), groupOf, add(mul(groupOf, scalar(factor, 'int32')), place));
  const rows = joinedRows({ keys: members, weights: byQuery(weights) }, call.sizes.keyLength * factor);
  return chosen === undefined ? rows : rowsOfHeads(caller, rows, chosen);
}

/** Rows of members over groups: query m is member m, the place m mod factor of its group. */
function rowsOfMembers(
  caller: string,
  call: AttentionCall,
  { queries, heads: chosen, factor, logSumExp }: AttentionRequest & { readonly factor: number; readonly logSumExp: Tensor },
): RowWeights {
  const groups = [...new Set(queries.map((query) => Math.floor(query / factor)))];
  const { keys, weights } = attentionRows(caller, call, { queries: groups, logSumExp });
  const [batch, all, , width] = keys.shape as [number, number, number, number];
  const heads = all / factor;
  const cells = Int32Array.from({ length: batch * heads * queries.length }, (_, at) => {
    const query = queries[at % queries.length] as number;
    const plane = Math.floor(at / queries.length) * factor + (query % factor);
    return plane * groups.length + groups.indexOf(Math.floor(query / factor));
  });
  const places = tensor(cells, [batch, heads, queries.length], 'int32');
  const taken = (x: Tensor): Tensor => rowsOf(reshape(x, [-1, width]), places);
  const rows = { keys: taken(keys), weights: taken(weights) };
  return chosen === undefined ? rows : rowsOfHeads(caller, rows, chosen);
}
