import { multiplyAdd } from '../multiply-add';

/** Bytes between rows of scores: 64 keys, and room for the relative rows that four queries read across them (64 + 3 + 7, in panels). */
// @ts-ignore: decorator
@inline
export const scoreStride: usize = 320;

// All products are made of tiles of 4 rows by 8 columns, whose sums stay in registers (a0 a1, b0 b1, c0 c1, d0 d1): the one shape
// that is fast on every engine that was tried.

/**
 * scores[4][8 · panel …] = rows · panelᵀ for panels `from` … `to`.
 * `rows`: four rows side by side [depth][4]; a panel: eight keys side by side [depth][8].
 */
export function multiplyPanels(rows: usize, panels: usize, depth: i32, scores: usize, from: i32, to: i32): void {
  const panelBytes = <usize>depth << 5;
  const rowsEnd = rows + (<usize>depth << 4);
  let keys = panels + <usize>from * panelBytes;
  for (let panel = from; panel < to; panel++) {
    let at = rows;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    while (at < rowsEnd) {
      const low = v128.load(keys);
      const high = v128.load(keys, 16);
      let row = v128.load32_splat(at);
      a0 = multiplyAdd(row, low, a0);
      a1 = multiplyAdd(row, high, a1);
      row = v128.load32_splat(at, 4);
      b0 = multiplyAdd(row, low, b0);
      b1 = multiplyAdd(row, high, b1);
      row = v128.load32_splat(at, 8);
      c0 = multiplyAdd(row, low, c0);
      c1 = multiplyAdd(row, high, c1);
      row = v128.load32_splat(at, 12);
      d0 = multiplyAdd(row, low, d0);
      d1 = multiplyAdd(row, high, d1);
      keys += 32;
      at += 16;
    }
    const target = scores + (<usize>panel << 5);
    v128.store(target, a0);
    v128.store(target, a1, 16);
    v128.store(target, b0, scoreStride);
    v128.store(target, b1, scoreStride + 16);
    v128.store(target, c0, 2 * scoreStride);
    v128.store(target, c1, 2 * scoreStride + 16);
    v128.store(target, d0, 3 * scoreStride);
    v128.store(target, d1, 3 * scoreStride + 16);
  }
}

// How weights are read: each row further right than the one before by the bytes of the type, because the compiler wants constants.
@unmanaged
class Straight {}
@unmanaged
class Diagonal {
  shift: f32;
}

/** out[4][width] = factors · out + weights[4][count] · rows[count][width]. */
// @ts-ignore: decorator
@inline
function addRows<Reading>(
  weights: usize,
  rows: usize,
  stride: usize,
  count: i32,
  width: usize,
  out: usize,
  outStride: usize,
  factors: usize,
): void {
  const weightsEnd = weights + (<usize>count << 2);
  const factorA = v128.load32_splat(factors);
  const factorB = v128.load32_splat(factors, 4);
  const factorC = v128.load32_splat(factors, 8);
  const factorD = v128.load32_splat(factors, 12);
  let column: usize = 0;
  for (; column + 32 <= width; column += 32) {
    const outA = out + column;
    const outB = outA + outStride;
    const outC = outB + outStride;
    const outD = outC + outStride;
    let a0 = f32x4.mul(factorA, v128.load(outA));
    let a1 = f32x4.mul(factorA, v128.load(outA, 16));
    let b0 = f32x4.mul(factorB, v128.load(outB));
    let b1 = f32x4.mul(factorB, v128.load(outB, 16));
    let c0 = f32x4.mul(factorC, v128.load(outC));
    let c1 = f32x4.mul(factorC, v128.load(outC, 16));
    let d0 = f32x4.mul(factorD, v128.load(outD));
    let d1 = f32x4.mul(factorD, v128.load(outD, 16));
    let row = rows + column;
    let at = weights;
    while (at < weightsEnd) {
      const low = v128.load(row);
      const high = v128.load(row, 16);
      let weight = v128.load32_splat(at);
      a0 = multiplyAdd(weight, low, a0);
      a1 = multiplyAdd(weight, high, a1);
      weight = v128.load32_splat(at, scoreStride + offsetof<Reading>());
      b0 = multiplyAdd(weight, low, b0);
      b1 = multiplyAdd(weight, high, b1);
      weight = v128.load32_splat(at, 2 * (scoreStride + offsetof<Reading>()));
      c0 = multiplyAdd(weight, low, c0);
      c1 = multiplyAdd(weight, high, c1);
      weight = v128.load32_splat(at, 3 * (scoreStride + offsetof<Reading>()));
      d0 = multiplyAdd(weight, low, d0);
      d1 = multiplyAdd(weight, high, d1);
      row += stride;
      at += 4;
    }
    v128.store(outA, a0);
    v128.store(outA, a1, 16);
    v128.store(outB, b0);
    v128.store(outB, b1, 16);
    v128.store(outC, c0);
    v128.store(outC, c1, 16);
    v128.store(outD, d0);
    v128.store(outD, d1, 16);
  }
  if (column < width) {
    const outA = out + column;
    const outB = outA + outStride;
    const outC = outB + outStride;
    const outD = outC + outStride;
    let a = f32x4.mul(factorA, v128.load(outA));
    let b = f32x4.mul(factorB, v128.load(outB));
    let c = f32x4.mul(factorC, v128.load(outC));
    let d = f32x4.mul(factorD, v128.load(outD));
    let row = rows + column;
    let at = weights;
    while (at < weightsEnd) {
      const low = v128.load(row);
      a = multiplyAdd(v128.load32_splat(at), low, a);
      b = multiplyAdd(v128.load32_splat(at, scoreStride + offsetof<Reading>()), low, b);
      c = multiplyAdd(v128.load32_splat(at, 2 * (scoreStride + offsetof<Reading>())), low, c);
      d = multiplyAdd(v128.load32_splat(at, 3 * (scoreStride + offsetof<Reading>())), low, d);
      row += stride;
      at += 4;
    }
    v128.store(outA, a);
    v128.store(outB, b);
    v128.store(outC, c);
    v128.store(outD, d);
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
  addRows<Straight>(weights, rows, stride, count, width, out, outStride, factors);
}

/** The same with weights read along diagonals: weight c of row x stands x columns further right. */
export function addDiagonalRows(
  weights: usize,
  rows: usize,
  stride: usize,
  count: i32,
  width: usize,
  out: usize,
  outStride: usize,
  factors: usize,
): void {
  addRows<Diagonal>(weights, rows, stride, count, width, out, outStride, factors);
}

/** out[4][width] += weights[count][4]ᵀ · rows[count][width]. */
// @ts-ignore: decorator
@inline
function addTransposed<Reading>(
  weights: usize,
  rows: usize,
  stride: usize,
  count: i32,
  width: usize,
  out: usize,
  outStride: usize,
): void {
  const step = scoreStride + offsetof<Reading>();
  const weightsEnd = weights + <usize>count * step;
  let column: usize = 0;
  for (; column + 32 <= width; column += 32) {
    const outA = out + column;
    const outB = outA + outStride;
    const outC = outB + outStride;
    const outD = outC + outStride;
    let a0 = v128.load(outA);
    let a1 = v128.load(outA, 16);
    let b0 = v128.load(outB);
    let b1 = v128.load(outB, 16);
    let c0 = v128.load(outC);
    let c1 = v128.load(outC, 16);
    let d0 = v128.load(outD);
    let d1 = v128.load(outD, 16);
    let row = rows + column;
    let at = weights;
    while (at < weightsEnd) {
      const low = v128.load(row);
      const high = v128.load(row, 16);
      let weight = v128.load32_splat(at);
      a0 = multiplyAdd(weight, low, a0);
      a1 = multiplyAdd(weight, high, a1);
      weight = v128.load32_splat(at, 4);
      b0 = multiplyAdd(weight, low, b0);
      b1 = multiplyAdd(weight, high, b1);
      weight = v128.load32_splat(at, 8);
      c0 = multiplyAdd(weight, low, c0);
      c1 = multiplyAdd(weight, high, c1);
      weight = v128.load32_splat(at, 12);
      d0 = multiplyAdd(weight, low, d0);
      d1 = multiplyAdd(weight, high, d1);
      row += stride;
      at += step;
    }
    v128.store(outA, a0);
    v128.store(outA, a1, 16);
    v128.store(outB, b0);
    v128.store(outB, b1, 16);
    v128.store(outC, c0);
    v128.store(outC, c1, 16);
    v128.store(outD, d0);
    v128.store(outD, d1, 16);
  }
  if (column < width) {
    const outA = out + column;
    const outB = outA + outStride;
    const outC = outB + outStride;
    const outD = outC + outStride;
    let a = v128.load(outA);
    let b = v128.load(outB);
    let c = v128.load(outC);
    let d = v128.load(outD);
    let row = rows + column;
    let at = weights;
    while (at < weightsEnd) {
      const low = v128.load(row);
      a = multiplyAdd(v128.load32_splat(at), low, a);
      b = multiplyAdd(v128.load32_splat(at, 4), low, b);
      c = multiplyAdd(v128.load32_splat(at, 8), low, c);
      d = multiplyAdd(v128.load32_splat(at, 12), low, d);
      row += stride;
      at += step;
    }
    v128.store(outA, a);
    v128.store(outB, b);
    v128.store(outC, c);
    v128.store(outD, d);
  }
}

/** out[4][width] += weights[count][4]ᵀ · rows[count][width]: four columns of weights, each the sum of the rows by it. */
export function addTransposedRows(
  weights: usize,
  rows: usize,
  stride: usize,
  count: i32,
  width: usize,
  out: usize,
  outStride: usize,
): void {
  addTransposed<Straight>(weights, rows, stride, count, width, out, outStride);
}

/** The same along diagonals: from row to row, the four weights stand one column further right. */
export function addTransposedDiagonals(
  weights: usize,
  rows: usize,
  stride: usize,
  count: i32,
  width: usize,
  out: usize,
  outStride: usize,
): void {
  addTransposed<Diagonal>(weights, rows, stride, count, width, out, outStride);
}
