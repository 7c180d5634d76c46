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

// A sum that spares zeros leaves out rows by which a weight is 0: they may be NaN or infinite, and 0 · NaN is NaN.

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
  sparesZeros: bool,
): void {
  if (sparesZeros) {
    for (let row: usize = 0; row < 4; row++) scaleRow(out + row * outStride, width, load<f32>(factors + (row << 2)));
    addSparing(weights, 4, scoreStride, rows, stride, count, width, out, outStride);
    return;
  }
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
  sparesZeros: bool,
): void {
  if (sparesZeros) {
    addSparing(weights, 4, scoreStride + 4, rows, stride, count, width, out, outStride);
    return;
  }
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
  sparesZeros: bool,
): void {
  if (sparesZeros) {
    addSparing(weights, weightsStep, 4, rows, stride, count, width, out, outStride);
    return;
  }
  let column: usize = 0;
  for (; column + 32 <= width; column += 32) {
    multiplyTile<f32>(weights, weightsStep, rows + column, stride, count, sums, out + column, outStride, 0);
  }
  if (column < width) multiplyNarrowTile<f32>(weights, weightsStep, rows + column, stride, count, sums, out + column, outStride, 0);
}

/** out[x] += the sum of weight (c, x) · row c where that weight is not 0; weights are `step` bytes apart along c, `gap` along x. */
function addSparing(
  weights: usize,
  step: usize,
  gap: usize,
  rows: usize,
  stride: usize,
  count: i32,
  width: usize,
  out: usize,
  outStride: usize,
): void {
  for (let at: usize = 0; at < <usize>count; at++) {
    for (let x: usize = 0; x < 4; x++) {
      const weight = load<f32>(weights + at * step + x * gap);
      if (weight == 0) continue;
      const target = out + x * outStride;
      const source = rows + at * stride;
      for (let column: usize = 0; column < width; column += 16) {
        const product = f32x4.mul(f32x4.splat(weight), v128.load(source + column));
        v128.store(target + column, f32x4.add(v128.load(target + column), product));
      }
    }
  }
}

function scaleRow(row: usize, width: usize, factor: f32): void {
  for (let column: usize = 0; column < width; column += 16) {
    v128.store(row + column, f32x4.mul(v128.load(row + column), f32x4.splat(factor)));
  }
}
