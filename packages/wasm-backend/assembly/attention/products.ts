import { Diagonal, multiplyNarrowTile, multiplyTile, scaledSums, scoreStride, Straight, sums, zeros } from '../math/tile';

export { scoreStride };

/**
 * scores[4][8 · panel …] = rows · panelᵀ for panels `from` … `to`.
 * `rows`: four rows side by side [depth][4]; a panel: eight keys side by side [depth][8].
 */
export function multiplyPanels(rows: usize, panels: usize, depth: i32, scores: usize, from: i32, to: i32): void {
  const panelBytes = <usize>depth << 5;
  for (let panel = <usize>from; panel < <usize>to; panel++) {
    multiplyTile<f32>(rows, 16, panels + panel * panelBytes, 32, depth, zeros, scores + (panel << 5), scoreStride, 0);
  }
}

/** out[4][width] = factors · out + weights[4][count] · rows[count][width], width in bytes, a multiple of 16. */
export function addWeightedRows(
  weights: usize,
  rows: usize,
  stride: usize,
  count: i32,
  width: usize,
  out: usize,
  outStride: usize,
  factors: usize,
): void {
  let column: usize = 0;
  for (; column + 32 <= width; column += 32) {
    multiplyTile<Straight>(weights, 4, rows + column, stride, count, scaledSums, out + column, outStride, factors);
  }
  if (column < width) multiplyNarrowTile<Straight>(weights, 4, rows + column, stride, count, scaledSums, out + column, outStride, factors);
}

/** The same with weights read along diagonals, and without factors: weight c of row x stands x columns further right. */
export function addDiagonalRows(
  weights: usize,
  rows: usize,
  stride: usize,
  count: i32,
  width: usize,
  out: usize,
  outStride: usize,
): void {
  let column: usize = 0;
  for (; column + 32 <= width; column += 32) {
    multiplyTile<Diagonal>(weights, 4, rows + column, stride, count, sums, out + column, outStride, 0);
  }
  if (column < width) multiplyNarrowTile<Diagonal>(weights, 4, rows + column, stride, count, sums, out + column, outStride, 0);
}

/** out[4][width] += weights[count][4]ᵀ · rows[count][width]: four columns of weights, each the sum of the rows by it. */
export function addTransposedRows(
  weights: usize,
  weightsStep: usize,
  rows: usize,
  stride: usize,
  count: i32,
  width: usize,
  out: usize,
  outStride: usize,
): void {
  let column: usize = 0;
  for (; column + 32 <= width; column += 32) {
    multiplyTile<f32>(weights, weightsStep, rows + column, stride, count, sums, out + column, outStride, 0);
  }
  if (column < width) multiplyNarrowTile<f32>(weights, weightsStep, rows + column, stride, count, sums, out + column, outStride, 0);
}
