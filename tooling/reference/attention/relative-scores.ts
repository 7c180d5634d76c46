import { matMul, reshape, type Tensor, type Tensor2D, tensor3d, transpose } from '@tensorflow/tfjs-core';
import { table } from '../numbers/table.ts';

/** Sinusoids of positions or distances, the sines first: [positions, width]. */
export const sinusoids = (positions: readonly number[], width: number): Tensor2D =>
  table(positions.length, width, (row, column) => {
    const angle = (positions[row] as number) / 10_000 ** ((2 * (column % (width / 2))) / width);
    return column < width / 2 ? Math.sin(angle) : Math.cos(angle);
  });

/**
 * A vector for each pair of a query and a key, multiplied with the query: what relative positions add to scores.
 * @param row which row of r stands for the pair
 * @shape q [b, h, nq, d]; r [rows, h · d] -> [b, h, nq, nk]
 */
export function relativeScores(q: Tensor, r: Tensor, keys: number, row: (query: number, key: number) => number): Tensor {
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
