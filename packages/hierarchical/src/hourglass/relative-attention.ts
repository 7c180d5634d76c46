import { causal, mergeHeads, slidingWindow, sparseAttention, splitHeads } from '@longspan/attention-sparse';
import { logSumExp as logSumExpOf, type Parameters } from '@longspan/core-tensor';
import { partWeights } from '@longspan/core-tensor/kernel';
import { add, expandDims, mul, reshape, sum, type Tensor, transpose, zeros } from '@tensorflow/tfjs-core';
import { project, relativeTerm, type SharedBiases } from './relative-heads.ts';

export interface RelativeAttentionOptions {
  readonly biases: SharedBiases;
  /** Keys that a query sees, its own included; all before it when absent. */
  readonly window?: number | undefined;
}

/** Every query sees `reach` keys up to its own position. */
const maskOf = (reach: number, length: number) => (reach >= length ? causal() : slidingWindow({ left: reach - 1, right: 0 }));

/** Distances e = reach − 1 … 0 from a query back to a key, turned into tokens: the order in which score terms read tables. */
const table = (reach: number, inTokens: (back: number) => number): readonly number[] =>
  Array.from({ length: reach }, (_, at) => inTokens(reach - 1 - at));

/**
 * Causal attention within a level, its distances counted in tokens.
 * @shape x [b, n, width]; returns the same
 */
export function attendWithin(
  parameters: Parameters,
  name: string,
  x: Tensor,
  { biases, window, total }: RelativeAttentionOptions & { readonly total: number },
): Tensor {
  const heads = biases.context.shape[0] as number;
  const length = x.shape[1] as number;
  const reach = Math.min(window ?? length, length);
  const [q, k, v] = ['query', 'key', 'value'].map((each) => splitHeads(project(parameters, `${name}.${each}`, x), heads)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const score = [relativeTerm(parameters, name, biases, [table(reach, (back) => -back * total)])];
  return project(parameters, `${name}.out`, mergeHeads(sparseAttention(q, k, v, { mask: maskOf(reach, length), score }).out));
}

/** [b, groups · factor, width] → [b, heads · factor, groups, headDim]: head h · factor + r holds the members r of all groups. */
function membersAsHeads(x: Tensor, heads: number, factor: number): Tensor {
  const [batch = 0, members = 0, width = 0] = x.shape;
  const groups = members / factor;
  const split = reshape(x, [batch, groups, factor, heads, width / heads]);
  return reshape(transpose(split, [0, 3, 2, 1, 4]), [batch, heads * factor, groups, width / heads]);
}

/**
 * Shortening: the vector of a group asks the members of its own group and of those before. All members with the same place in
 * their groups are one relative attention over groups, a head of its own; their softmaxes are joined by their log-sum-exps.
 * @shape queries [b, groups, width]; keys [b, groups · factor, width]; returns [b, groups, width]
 */
export function attendToMembers(
  parameters: Parameters,
  name: string,
  { queries, keys }: { readonly queries: Tensor; readonly keys: Tensor },
  { biases, window, factor, total }: RelativeAttentionOptions & { readonly factor: number; readonly total: number },
): Tensor {
  const [heads, headDim] = biases.context.shape as [number, number];
  const [batch, groups] = queries.shape as [number, number, number];
  const reach = Math.min(Math.ceil((window ?? groups * factor) / factor), groups);
  const own = splitHeads(project(parameters, `${name}.query`, queries), heads);
  const q = reshape(add(expandDims(own, 2), zeros([batch, heads, factor, groups, headDim])), [batch, heads * factor, groups, headDim]);
  const [k, v] = ['key', 'value'].map((each) => membersAsHeads(project(parameters, `${name}.${each}`, keys), heads, factor)) as [
    Tensor,
    Tensor,
  ];
  const tables = Array.from({ length: factor }, (_, place) => table(reach, (back) => (place - back * factor) * total));
  const score = [relativeTerm(parameters, name, biases, tables)];
  const { out, logSumExp } = sparseAttention(q, k, v, { mask: maskOf(reach, groups), score });
  const parts = reshape(logSumExp, [batch, heads, factor, groups]);
  const weights = partWeights(parts, expandDims(logSumExpOf(parts, 2), 2));
  const joined = sum(mul(reshape(out, [batch, heads, factor, groups, headDim]), expandDims(weights, 4)), 2);
  return project(parameters, `${name}.out`, mergeHeads(joined));
}

/**
 * Lengthening: each member asks the vectors of its own group and of those before. Its distances are never scaled by the level's
 * tokens, as in trax.
 * @shape queries [b, groups · factor, width]; keys [b, groups, width]; returns [b, groups · factor, width]
 */
export function attendToGroups(
  parameters: Parameters,
  name: string,
  { queries, keys }: { readonly queries: Tensor; readonly keys: Tensor },
  { biases, window, factor }: RelativeAttentionOptions & { readonly factor: number },
): Tensor {
  const [heads, headDim] = biases.context.shape as [number, number];
  const [batch, groups] = keys.shape as [number, number, number];
  const reach = Math.min(window ?? groups, groups);
  const q = membersAsHeads(project(parameters, `${name}.query`, queries), heads, factor);
  const [k, v] = ['key', 'value'].map((each) => splitHeads(project(parameters, `${name}.${each}`, keys), heads)) as [Tensor, Tensor];
  const tables = Array.from({ length: factor }, (_, place) => table(reach, (back) => -(back * factor + place)));
  const score = [relativeTerm(parameters, name, biases, tables)];
  const { out } = sparseAttention(q, k, v, { mask: maskOf(reach, groups), score });
  const members = transpose(reshape(out, [batch, heads, factor, groups, headDim]), [0, 3, 2, 1, 4]);
  return project(parameters, `${name}.out`, reshape(members, [batch, groups * factor, heads * headDim]));
}
