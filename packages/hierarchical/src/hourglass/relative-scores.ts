import { causal, type Mask, type Sides, slidingWindow } from '@longspan/attention-sparse/mask';
import { type Layer, linear, relativePositions, type ScoreTerm, sinusoidalPositions } from '@longspan/core-tensor';
import { fanInDraw, requireContext } from '@longspan/core-tensor/layer';
import { remember } from '@longspan/core-tensor/memo';
import { add, expandDims, reshape, type Tensor, transpose, zeros } from '@tensorflow/tfjs-core';
import type { SharedBiases } from './plan.ts';

/** The projections of a relative attention: all of them with biases; `position` is that of the table of distances. */
export function relativeProjections(width: number): Readonly<Record<'query' | 'key' | 'value' | 'position' | 'out', Layer>> {
  const project = () => linear({ inFeatures: width, outFeatures: width, draw: fanInDraw });
  return { query: project(), key: project(), value: project(), position: project(), out: project() };
}

export const requireBiases = (caller: string, biases: SharedBiases | undefined): SharedBiases =>
  requireContext(caller, 'biases', biases, 'the biases of the hourglass');

const masks = remember<Mask>('Hourglass masks');

/** Every query attends to `reach` keys up to its own position; the same mask for the same numbers. */
export const reachMask = (reach: number, length: number): Mask =>
  masks(`${reach} of ${length}`, () => (reach >= length ? causal() : slidingWindow({ left: reach - 1, right: 0 })));

/** How many of `length` vectors a query attends to, its own included. */
export const reachOf = (window: Sides | undefined, length: number): number =>
  Math.min(window === undefined ? length : (window.left ?? 0) + 1, length);

/** Distances from a query back to its farthest key … to its nearest, turned into tokens: the order in which score terms read tables. */
export const distances = (reach: number, inTokens: (back: number) => number): readonly number[] =>
  Array.from({ length: reach }, (_, at) => inTokens(reach - 1 - at));

/**
 * The score term for tables of signed distances (key − query, in tokens), the farthest key first. Several tables make several kinds of
 * heads of each head: head h · kinds + kind reads the table of its kind.
 * @param position projects sinusoids of distances [rows, width]
 */
export function relativeTerm(
  position: (table: Tensor) => Tensor,
  { context, location }: SharedBiases,
  tables: readonly (readonly number[])[],
): ScoreTerm {
  const [heads, headDim] = context.shape as [number, number];
  const [kinds, length] = [tables.length, tables[0]?.length as number];
  const sinusoids = sinusoidalPositions(tables.flat(), heads * headDim, { style: 'concatenated' });
  const rows = reshape(position(sinusoids), [kinds, length, heads, headDim]);
  const forKinds = (bias: Tensor): Tensor =>
    kinds === 1 ? bias : reshape(add(expandDims(bias, 1), zeros([heads, kinds, headDim])), [heads * kinds, headDim]);
  return relativePositions({
    r: reshape(transpose(rows, [2, 0, 1, 3]), [heads * kinds, length, headDim]),
    u: forKinds(context),
    v: forKinds(location),
  });
}
