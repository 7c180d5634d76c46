import type { TokenMarks } from '@longspan/attention-sparse';
import { type Parameters, parameter, sinusoidalPositions } from '@longspan/core-tensor';
import {
  add,
  concat,
  expandDims,
  matMul,
  mul,
  reshape,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tensor3d,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import type { FunnelSequence } from './funnel-sequence.ts';

/** Queries and keys whose plain products are Funnel's scores. */
export interface ExtendedHeads {
  readonly q: Tensor;
  readonly k: Tensor;
}

const door = 'funnelLayer';

/**
 * Funnel's three scores, content, relative position and segment, as one product of longer vectors: no table of pairs.
 *
 * Position: (q + r_r_bias) · r_kernel · [sin p | cos p] with p = query − key. As sin(i − j) = sin i cos j − cos i sin j and
 * cos(i − j) = cos i cos j + sin i sin j, that is the product of [a sin i + c cos i | c sin i − a cos i] with [cos j | sin j], a and c
 * being the halves of (q + r_r_bias) · r_kernel: the paper's factorised form. It holds for any spacing of queries and keys, so
 * the reference's shift of 2 between pooled queries and unpooled keys needs no form of its own.
 *
 * Segment: a query has one score for each type of key, and a key asks for its own.
 * @shape q [b, h, nq, d]; k [b, h, nk, d], projected; returns both with d + width + 3 features
 */
export function extendedHeads(
  parameters: Parameters,
  { q, k }: ExtendedHeads,
  queries: FunnelSequence,
  keys: FunnelSequence,
  { width, separateCls }: { readonly width: number; readonly separateCls: boolean },
): ExtendedHeads {
  const [batch, heads, nq, headDim] = q.shape as [number, number, number, number];
  const nk = k.shape[2] as number;
  const own = (name: string): Tensor => parameter(parameters, `attention.${name}`, door);
  const biased = (name: string): Tensor => add(q, reshape(own(name), [1, heads, 1, headDim]));

  // [b, h, nq, d] x [d, width] for each head, as [h, b · nq, d] x [h, d, width].
  const byHead = reshape(transpose(biased('r_r_bias'), [1, 0, 2, 3]), [heads, batch * nq, headDim]);
  const kernel = transpose(own('r_kernel'), [1, 2, 0]);
  const turned = transpose(reshape(matMul(byHead, kernel), [heads, batch, nq, width]), [1, 0, 2, 3]);
  const [a, c] = split(turned, 2, 3) as [Tensor, Tensor];
  const [sinQ, cosQ] = waves(queries.positions, width);
  const positionQ = concat([add(mul(a, sinQ), mul(c, cosQ)), sub(mul(c, sinQ), mul(a, cosQ))], 3);
  const [sinK, cosK] = waves(keys.positions, width);
  const positionK = add(expandDims(expandDims(concat([cosK, sinK], 1), 0), 0), zerosOf(k, width));

  const segments = own('seg_embed'); // [different | same, h, d]
  const scoreOf = (at: number): Tensor => {
    const each = reshape(slice(segments, [at, 0, 0], [1, heads, headDim]), [1, heads, 1, headDim]);
    return sum(mul(biased('r_s_bias'), each), 3, true);
  };
  const [different, same] = [scoreOf(0), scoreOf(1)];
  const typeQ = add(different, mul(expandDims(sameType(queries.types, nq), 1), sub(same, different)));
  const typeK = add(expandDims(oneHot(keys.types, nk), 1), zerosOf(k, 3));

  const blind = (x: Tensor, length: number): Tensor => (separateCls ? mul(x, notFirst(length)) : x);
  return {
    q: concat([biased('r_w_bias'), blind(concat([positionQ, typeQ], 3), nq)], 3),
    k: concat([k, blind(concat([positionK, typeK], 3), nk)], 3),
  };
}

/** Sines and cosines of positions: [positions, width / 2] each. */
function waves(positions: readonly number[], width: number): readonly [Tensor, Tensor] {
  const table = sinusoidalPositions(positions, width, { style: 'concatenated' });
  return split(table, 2, 1) as [Tensor, Tensor];
}

/** Zeros that spread what is the same for all heads and batch rows over those of k. */
const zerosOf = (k: Tensor, width: number): Tensor => zeros([k.shape[0] as number, k.shape[1] as number, 1, width]);

const typeCount = 3;

/** [b, n, types]: 1 where a key of that type is of the same segment as the query. */
function sameType(types: TokenMarks, length: number): Tensor {
  const same = (query: number, key: number): boolean => query === key || query === 2 || key === 2;
  return typeTable(types, length, (own, type) => same(own, type));
}

/** [b, n, types]: 1 for the vector's own type. */
const oneHot = (types: TokenMarks, length: number): Tensor => typeTable(types, length, (own, type) => own === type);

function typeTable(types: TokenMarks, length: number, holds: (own: number, type: number) => boolean): Tensor {
  const values = new Float32Array(types.length * length * typeCount);
  types.forEach((row, entry) => {
    for (let at = 0; at < length * typeCount; at++) {
      values[entry * length * typeCount + at] = holds(row[Math.floor(at / typeCount)] as number, at % typeCount) ? 1 : 0;
    }
  });
  return tensor3d(values, [types.length, length, typeCount]);
}

/** [1, 1, length, 1]: 0 for vector 0, else 1. */
const notFirst = (length: number): Tensor =>
  reshape(tensor1d(Float32Array.from({ length }, (_, at) => (at === 0 ? 0 : 1))), [1, 1, length, 1]);
