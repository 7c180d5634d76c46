import { multiplyAdd } from './multiply-add';

// A product is made of tiles of 4 rows by 8 columns, whose sums stay in registers: the one shape that is fast on every engine that
// was tried; or of 6 rows by 8, which only fused multiply-adds have registers for. At each step a tile takes 4 values, one for each row, and a line of 8 numbers, and adds their 32 products.

/** Bytes between rows of scores: 64 keys, and room for the relative rows that four queries read across them (64 + 3 + 7, in panels). */
// @ts-ignore: decorator
@inline
export const scoreStride: usize = 320;

// How the 4 values of a step lie, as a type, because the compiler wants constants: f32 where side by side, else in rows of scores.

/** Below each other. */
@unmanaged
export class Straight {}

/** Each one column further right than the one above. */
@unmanaged
export class Diagonal {
  shift: f32;
}

/** What the sums begin with. */
// @ts-ignore: decorator
@inline
export const zeros: i32 = 0;

/** What is there already. */
// @ts-ignore: decorator
@inline
export const sums: i32 = 1;

/** What is there already, each row times one of four factors. */
// @ts-ignore: decorator
@inline
export const scaledSums: i32 = 2;

/**
 * out[4][8] = start + values[count][4]ᵀ · lines[count][8], count > 0. Values and lines are steps of so many bytes apart; `start` and
 * `Values` have to be constants, so that each caller gets a loop of its own.
 * Its form is for V8 11.3 (Node 20), whose plain SIMD needs 25 instructions a step where 24 could run in the time of the arithmetic:
 * - The first step stands before the loop: only so V8 works out the addresses of the 4 values once and not at each step (19 % faster
 *   than without, AMD EPYC of Zen 3, 2026-11-21; with relaxed SIMD both are at the peak).
 * - It is not unrolled: V8 moves the arithmetic after all loads of a loop's body, and those of two steps do not fit into registers.
 * Names: sums a0 a1 of row a, and so on; `low` and `high` are the halves of a line.
 */
// @ts-ignore: decorator
@inline
export function multiplyTile<Values>(
  values: usize,
  valuesStep: usize,
  lines: usize,
  linesStep: usize,
  count: i32,
  start: i32,
  out: usize,
  outStride: usize,
  factors: usize,
): void {
  const gap: usize = isFloat<Values>() ? 4 : scoreStride + offsetof<Values>();
  const end = values + <usize>count * valuesStep;
  const outB = out + outStride;
  const outC = outB + outStride;
  const outD = outC + outStride;
  let low = v128.load(lines);
  let high = v128.load(lines, 16);
  let value = v128.load32_splat(values);
  let a0 = begin(start, value, low, out, factors);
  let a1 = begin(start, value, high, out + 16, factors);
  value = v128.load32_splat(values, gap);
  let b0 = begin(start, value, low, outB, factors + 4);
  let b1 = begin(start, value, high, outB + 16, factors + 4);
  value = v128.load32_splat(values, 2 * gap);
  let c0 = begin(start, value, low, outC, factors + 8);
  let c1 = begin(start, value, high, outC + 16, factors + 8);
  value = v128.load32_splat(values, 3 * gap);
  let d0 = begin(start, value, low, outD, factors + 12);
  let d1 = begin(start, value, high, outD + 16, factors + 12);
  values += valuesStep;
  lines += linesStep;
  while (values < end) {
    low = v128.load(lines);
    high = v128.load(lines, 16);
    value = v128.load32_splat(values);
    a0 = multiplyAdd(value, low, a0);
    a1 = multiplyAdd(value, high, a1);
    value = v128.load32_splat(values, gap);
    b0 = multiplyAdd(value, low, b0);
    b1 = multiplyAdd(value, high, b1);
    value = v128.load32_splat(values, 2 * gap);
    c0 = multiplyAdd(value, low, c0);
    c1 = multiplyAdd(value, high, c1);
    value = v128.load32_splat(values, 3 * gap);
    d0 = multiplyAdd(value, low, d0);
    d1 = multiplyAdd(value, high, d1);
    values += valuesStep;
    lines += linesStep;
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(outB, b0);
  v128.store(outB, b1, 16);
  v128.store(outC, c0);
  v128.store(outC, c1, 16);
  v128.store(outD, d0);
  v128.store(outD, d1, 16);
}

/**
 * out[6][8] = start + values[count][6]ᵀ · lines[count][8], count > 0: as `multiplyTile`, and of its form, with two more rows, whose values lie
 * side by side. `start` has to be zeros or sums. Where multiply and add are one instruction, its 12 sums, a line and one value are the 15
 * registers that engines have on x64, and 12 sums wait less for each other than 8.
 */
// @ts-ignore: decorator
@inline
export function multiplyTallTile(
  values: usize,
  valuesStep: usize,
  lines: usize,
  linesStep: usize,
  count: i32,
  start: i32,
  out: usize,
  outStride: usize,
): void {
  const end = values + <usize>count * valuesStep;
  const outB = out + outStride;
  const outC = outB + outStride;
  const outD = outC + outStride;
  const outE = outD + outStride;
  const outF = outE + outStride;
  let low = v128.load(lines);
  let high = v128.load(lines, 16);
  let value = v128.load32_splat(values);
  let a0 = begin(start, value, low, out, 0);
  let a1 = begin(start, value, high, out + 16, 0);
  value = v128.load32_splat(values, 4);
  let b0 = begin(start, value, low, outB, 0);
  let b1 = begin(start, value, high, outB + 16, 0);
  value = v128.load32_splat(values, 8);
  let c0 = begin(start, value, low, outC, 0);
  let c1 = begin(start, value, high, outC + 16, 0);
  value = v128.load32_splat(values, 12);
  let d0 = begin(start, value, low, outD, 0);
  let d1 = begin(start, value, high, outD + 16, 0);
  value = v128.load32_splat(values, 16);
  let e0 = begin(start, value, low, outE, 0);
  let e1 = begin(start, value, high, outE + 16, 0);
  value = v128.load32_splat(values, 20);
  let f0 = begin(start, value, low, outF, 0);
  let f1 = begin(start, value, high, outF + 16, 0);
  values += valuesStep;
  lines += linesStep;
  while (values < end) {
    low = v128.load(lines);
    high = v128.load(lines, 16);
    value = v128.load32_splat(values);
    a0 = multiplyAdd(value, low, a0);
    a1 = multiplyAdd(value, high, a1);
    value = v128.load32_splat(values, 4);
    b0 = multiplyAdd(value, low, b0);
    b1 = multiplyAdd(value, high, b1);
    value = v128.load32_splat(values, 8);
    c0 = multiplyAdd(value, low, c0);
    c1 = multiplyAdd(value, high, c1);
    value = v128.load32_splat(values, 12);
    d0 = multiplyAdd(value, low, d0);
    d1 = multiplyAdd(value, high, d1);
    value = v128.load32_splat(values, 16);
    e0 = multiplyAdd(value, low, e0);
    e1 = multiplyAdd(value, high, e1);
    value = v128.load32_splat(values, 20);
    f0 = multiplyAdd(value, low, f0);
    f1 = multiplyAdd(value, high, f1);
    values += valuesStep;
    lines += linesStep;
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(outB, b0);
  v128.store(outB, b1, 16);
  v128.store(outC, c0);
  v128.store(outC, c1, 16);
  v128.store(outD, d0);
  v128.store(outD, d1, 16);
  v128.store(outE, e0);
  v128.store(outE, e1, 16);
  v128.store(outF, f0);
  v128.store(outF, f1, 16);
}

/** As `multiplyTile` for four columns, where a width is not a multiple of 8. */
// @ts-ignore: decorator
@inline
export function multiplyNarrowTile<Values>(
  values: usize,
  valuesStep: usize,
  lines: usize,
  linesStep: usize,
  count: i32,
  start: i32,
  out: usize,
  outStride: usize,
  factors: usize,
): void {
  const gap: usize = isFloat<Values>() ? 4 : scoreStride + offsetof<Values>();
  const end = values + <usize>count * valuesStep;
  const outB = out + outStride;
  const outC = outB + outStride;
  const outD = outC + outStride;
  let line = v128.load(lines);
  let a = begin(start, v128.load32_splat(values), line, out, factors);
  let b = begin(start, v128.load32_splat(values, gap), line, outB, factors + 4);
  let c = begin(start, v128.load32_splat(values, 2 * gap), line, outC, factors + 8);
  let d = begin(start, v128.load32_splat(values, 3 * gap), line, outD, factors + 12);
  values += valuesStep;
  lines += linesStep;
  while (values < end) {
    line = v128.load(lines);
    a = multiplyAdd(v128.load32_splat(values), line, a);
    b = multiplyAdd(v128.load32_splat(values, gap), line, b);
    c = multiplyAdd(v128.load32_splat(values, 2 * gap), line, c);
    d = multiplyAdd(v128.load32_splat(values, 3 * gap), line, d);
    values += valuesStep;
    lines += linesStep;
  }
  v128.store(out, a);
  v128.store(outB, b);
  v128.store(outC, c);
  v128.store(outD, d);
}

/** The first step of a sum. */
// @ts-ignore: decorator
@inline
function begin(start: i32, value: v128, line: v128, out: usize, factor: usize): v128 {
  if (start == zeros) return f32x4.mul(value, line);
  if (start == sums) return multiplyAdd(value, line, v128.load(out));
  return multiplyAdd(value, line, f32x4.mul(v128.load32_splat(factor), v128.load(out)));
}
