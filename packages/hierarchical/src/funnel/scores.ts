import { sinusoidalPositions } from '@longspan/core-tensor';
import {
  abs,
  add,
  concat,
  expandDims,
  matMul,
  mul,
  relu,
  reshape,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  tensor1d,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import type { FunnelSequence } from './sequence.ts';

// Funnel's three scores, content, relative position and segment, as one product of longer vectors: no table of pairs.
//
// Position: (q + r_r_bias) · r_kernel · [sin p | cos p] with p = query − key. As sin(i − j) = sin i cos j − cos i sin j and
// cos(i − j) = cos i cos j + sin i sin j, that is the product of [a sin i + c cos i | c sin i − a cos i] with [cos j | sin j], a and c
// being the halves of (q + r_r_bias) · r_kernel: the paper's factorised form. It holds for any spacing of queries and keys, so
// the reference's shift of 2 between pooled queries and unpooled keys needs no form of its own.
//
// Segment: a query has one score for each type of key, and a key takes that of its own.

/** The parameters of an attention that its scores read. */
export const scoreNames = ['r_w_bias', 'r_r_bias', 'r_kernel', 'r_s_bias', 'seg_embed'] as const;
export type ScoreName = (typeof scoreNames)[number];

/** A sequence, or a part of one, and the features of its positions. */
export interface ScoredVectors {
  readonly sequence: FunnelSequence;
  readonly width: number;
  /** Whether its first vector is a <cls> that has neither position nor segment scores. */
  readonly firstIsCls: boolean;
}

/**
 * Queries whose plain products with extended keys are Funnel's scores.
 * @shape q [b, h, nq, d], projected; returns [b, h, nq, d + width + 3]
 */
export function extendedQueries(
  parameters: Readonly<Record<ScoreName, Tensor>>,
  q: Tensor,
  { sequence, width, firstIsCls }: ScoredVectors,
): Tensor {
  const [batch, heads, nq, headDim] = q.shape as [number, number, number, number];
  const biased = (name: ScoreName): Tensor => add(q, reshape(parameters[name], [1, heads, 1, headDim]));

  // [b, h, nq, d] x [d, width] for each head, as [h, b · nq, d] x [h, d, width].
  const byHead = reshape(transpose(biased('r_r_bias'), [1, 0, 2, 3]), [heads, batch * nq, headDim]);
  const kernel = transpose(parameters.r_kernel, [1, 2, 0]);
  const turned = transpose(reshape(matMul(byHead, kernel), [heads, batch, nq, width]), [1, 0, 2, 3]);
  const [a, c] = split(turned, 2, 3) as [Tensor, Tensor];
  const [sines, cosines] = waves(sequence, width);
  const position = [add(mul(a, sines), mul(c, cosines)), sub(mul(c, sines), mul(a, cosines))];

  const segments = parameters.seg_embed; // [different | same, h, d]
  const scoreOf = (at: number): Tensor => {
    const each = reshape(slice(segments, [at, 0, 0], [1, heads, headDim]), [1, heads, 1, headDim]);
    return sum(mul(biased('r_s_bias'), each), 3, true);
  };
  const [different, same] = [scoreOf(0), scoreOf(1)];
  const type = add(different, mul(expandDims(sameType(sequence), 1), sub(same, different)));

  const added = concat([...position, type], 3);
  return concat([biased('r_w_bias'), firstIsCls ? mul(added, reshape(notFirst(nq), [1, 1, nq, 1])) : added], 3);
}

/** @shape k [b, h, nk, d], projected; returns [b, h, nk, d + width + 3] */
export function extendedKeys(k: Tensor, { sequence, width, firstIsCls }: ScoredVectors): Tensor {
  const [batch, heads, nk] = k.shape as [number, number, number, number];
  const [sines, cosines] = waves(sequence, width);
  const places = add(expandDims(concat([cosines, sines], 1), 0), zeros([batch, 1, 1]));
  const added = concat([places, oneHot(sequence)], 2);
  const scored = firstIsCls ? mul(added, reshape(notFirst(nk), [1, nk, 1])) : added;
  return concat([k, add(expandDims(scored, 1), zeros([1, heads, 1, 1]))], 3);
}

/** Sines and cosines of positions: [positions, width / 2] each. */
function waves({ first, step, length }: FunnelSequence, width: number): readonly [Tensor, Tensor] {
  const positions = Array.from({ length }, (_, at) => first + at * step);
  const table = sinusoidalPositions(positions, width, { style: 'concatenated' });
  return split(table, 2, 1) as [Tensor, Tensor];
}

const typeCount = 3;

/** [b, n, types]: 1 where a key of that type is of the same segment as the query: of its own, <cls> itself, or any for <cls>. */
function sameType(sequence: FunnelSequence): Tensor {
  const own = oneHot(sequence);
  const [batch, length] = own.shape as [number, number, number];
  const isCls = slice(own, [0, 0, typeCount - 1], [batch, length, 1]);
  // 1 − the product of what is 0 where one holds: the gradient of a maximum that broadcasts is wrong in tfjs.
  return sub(1, mul(mul(sub(1, own), sub(1, isCls)), tensor1d([1, 1, 0])));
}

/** [b, n, types]: 1 for the vector's own type. Types are whole numbers, and comparisons have no kernel on every backend. */
const oneHot = ({ types }: FunnelSequence): Tensor => relu(sub(1, abs(sub(expandDims(types, 2), tensor1d([0, 1, 2])))));

/** [length]: 0 for vector 0, else 1. */
const notFirst = (length: number): Tensor => tensor1d(Float32Array.from({ length }, (_, at) => (at === 0 ? 0 : 1)));
