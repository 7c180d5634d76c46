import type { Parameters } from '@longspan/core-tensor';
import {
  add,
  cast,
  div,
  erf,
  log,
  matMul,
  maximum,
  mean,
  minimum,
  mul,
  oneHot,
  reshape,
  softmax,
  sqrt,
  square,
  sub,
  type Tensor,
  type Tensor2D,
  tanh,
  tensor2d,
  tensor3d,
  tile,
  transpose,
} from '@tensorflow/tfjs-core';

// What twins are made of: stock ops and tables of all pairs, as the papers' equations have them.

/** A table by row and column, made on the host. */
export const table = (rows: number, columns: number, value: (row: number, column: number) => number): Tensor2D =>
  tensor2d(
    Float32Array.from({ length: rows * columns }, (_, at) => value(Math.floor(at / columns), at % columns)),
    [rows, columns],
  );

/** 1 where the query sees the key, else 0: [1, 1, queries, keys]. */
export const seenPairs = (queries: number, keys: number, allows: (query: number, key: number) => boolean): Tensor =>
  reshape(
    table(queries, keys, (query, key) => Number(allows(query, key))),
    [1, 1, queries, keys],
  );

/** Added to scores: the logarithm of how often a key counts, far below all scores where it is not seen. */
const logCounts = (counts: Tensor): Tensor => add(log(maximum(counts, 1)), mul(sub(minimum(counts, 1), 1), 1e9));

export interface DenseOptions {
  /** How often each query sees each key, [b or 1, h or 1, nq, nk]; once when absent. A row that sees nothing gives 0. */
  readonly counts?: Tensor;
  /** Added to the scores, which are scaled before. */
  readonly scores?: Tensor;
  /** 1 / sqrt(d) when absent. */
  readonly scale?: number;
}

/** The scores of all pairs, n x n: [b, h, nq, nk]. */
export function scoresOf(q: Tensor, k: Tensor, { counts, scores, scale = 1 / Math.sqrt(q.shape[3] as number) }: DenseOptions = {}): Tensor {
  const products = mul(matMul(q, k, false, true), scale);
  const all = scores === undefined ? products : add(products, scores);
  return counts === undefined ? all : add(all, logCounts(counts));
}

/** softmax(q kᵀ) v with all pairs scored. @shape q [b, h, nq, d]; k [b, h, nk, d]; v [b, h, nk, dv] -> [b, h, nq, dv] */
export function attend(q: Tensor, k: Tensor, v: Tensor, options: DenseOptions = {}): Tensor {
  const weights = softmax(scoresOf(q, k, options));
  return matMul(options.counts === undefined ? weights : mul(weights, minimum(options.counts, 1)), v);
}

/** [b, n, h · d] -> [b, h, n, d] */
export function inHeads(x: Tensor, heads: number): Tensor {
  const [batch = 0, length = 0, width = 0] = x.shape;
  return transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** [b, h, n, d] -> [b, n, h · d] */
export function joinedHeads(x: Tensor): Tensor {
  const [batch = 0, heads = 0, length = 0, headDim = 0] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, heads * headDim]);
}

/** x Wᵀ + b, or x Wᵀ where there is no bias. @shape x [..., features] */
export function project(parameters: Parameters, name: string, x: Tensor): Tensor {
  const weight = parameters[`${name}.weight`] as Tensor;
  const bias = parameters[`${name}.bias`];
  const product = matMul(reshape(x, [-1, x.shape.at(-1) as number]), transpose(weight));
  return reshape(bias === undefined ? product : add(product, bias), [...x.shape.slice(0, -1), weight.shape[0] as number]);
}

/** Attention by the layers `query`, `key` and `value` under that prefix, its heads joined again: [b, nq, width]. */
export function attendBy(
  parameters: Parameters,
  prefix: string,
  { queries, keys = queries, heads }: { readonly queries: Tensor; readonly keys?: Tensor; readonly heads: number },
  options: DenseOptions,
): Tensor {
  const part = (name: string, x: Tensor): Tensor => inHeads(project(parameters, `${prefix}${name}`, x), heads);
  return joinedHeads(attend(part('query', queries), part('key', keys), part('value', keys), options));
}

/** (x − mean) / sqrt(variance + epsilon) · weight + bias, along the last axis. */
export function normed(parameters: Parameters, name: string, x: Tensor, epsilon = 1e-5): Tensor {
  const centred = sub(x, mean(x, -1, true));
  const unit = div(centred, sqrt(add(mean(square(centred), -1, true), epsilon)));
  return add(mul(unit, parameters[`${name}.weight`] as Tensor), parameters[`${name}.bias`] as Tensor);
}

/** x · Φ(x) */
export const gelu = (x: Tensor): Tensor => mul(x, mul(0.5, add(1, erf(div(x, Math.SQRT2)))));

/** The approximation of it by tanh. */
export const geluTanh = (x: Tensor): Tensor =>
  mul(x, mul(0.5, add(1, tanh(mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, mul(x, square(x)))))))));

/** 1 at each index, else 0; all 0 where there is no such index: int32 [..] -> [.., depth]. tfjs's wasm backend makes int32 alone. */
export const oneHots = (indices: Tensor, depth: number): Tensor => cast(oneHot(indices, depth), 'float32');

/** Rows that are sums of rows: [m, n] x [.., n, c] -> [.., m, c]. */
export function mixed(matrix: Tensor2D, x: Tensor): Tensor {
  const leading = x.shape.slice(0, -2);
  return matMul(tile(reshape(matrix, [...leading.map(() => 1), ...matrix.shape]), [...leading, 1, 1]), x);
}

/** Sinusoids of positions, sines first: [positions, width]. */
export const waves = (positions: readonly number[], width: number): Tensor2D =>
  table(positions.length, width, (row, column) => {
    const angle = (positions[row] as number) / 10_000 ** ((2 * (column % (width / 2))) / width);
    return column < width / 2 ? Math.sin(angle) : Math.cos(angle);
  });

/**
 * A vector for each pair of a query and a key, multiplied with the query: what relative positions add to scores.
 * @param row which row of r stands for the pair
 * @shape q [b, h, nq, d]; r [rows, h · d] -> [b, h, nq, nk]
 */
export function pairScores(q: Tensor, r: Tensor, keys: number, row: (query: number, key: number) => number): Tensor {
  const [size = 0, heads = 0, queries = 0, headDim = 0] = q.shape;
  const rows = r.shape[0] as number;
  // Picked by a table of ones: on tfjs's cpu backend the gradient of gather goes through all pairs once for each row.
  const picks = new Float32Array(queries * rows * keys);
  for (let pair = 0; pair < queries * keys; pair++) {
    const [query, key] = [Math.floor(pair / keys), pair % keys];
    picks[(query * rows + row(query, key)) * keys + key] = 1;
  }
  const byHead = reshape(transpose(q, [1, 0, 2, 3]), [heads, size * queries, headDim]);
  const withAll = reshape(matMul(byHead, transpose(reshape(r, [rows, heads, headDim]), [1, 2, 0])), [heads, size, queries, rows]);
  const byQuery = reshape(transpose(withAll, [2, 0, 1, 3]), [queries, heads * size, rows]);
  const picked = matMul(byQuery, tensor3d(picks, [queries, rows, keys]));
  return transpose(reshape(picked, [queries, heads, size, keys]), [2, 1, 0, 3]);
}
