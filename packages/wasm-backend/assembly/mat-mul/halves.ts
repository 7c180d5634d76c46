import { storeTransposed } from './pack';
import { scaleOfRow } from './scale-of-row';
import { copyTile, TILE_COLUMNS } from './tile';

// As integers.ts, where the machine multiplies and adds four pairs of bytes in one instruction: each number of x, of 14 bits, is two of 7,
// which relaxed SIMD takes beside the weight's 8. Four steps of the depth at once, twice: that is twice what a lane of float32 does in the
// same time. A byte is the weight's own, so its panels need no widening. Of at most 2,048 steps the sums are exact: what runs over on the way
// comes back when the offset is taken away.

/** Rows of the tile: with 3 the sums of both halves are 12 registers. */
const ROWS = 3;

/** What the largest magnitude of a row becomes. */
const LARGEST: f32 = 8191;

/** Makes the numbers of a row positive. */
const OFFSET: i32 = 8192;

/** 1.5 * 2^23 and the offset: a number of at most 22 bits plus this has both together, rounded, as the lowest bits of its own. */
const ROUNDING: f32 = 12591104;

const SCALES_OF_ROWS: usize = 16;
const STEP_OF_ROWS: usize = ROWS * 8;
const HEAD_OF_COLUMNS: usize = TILE_COLUMNS << 3;
const STEP_OF_COLUMNS: usize = TILE_COLUMNS << 2;

/** A relaxed product of four pairs of bytes: what the host asks, to learn how the engine computes it. */
export function fourProducts(a: i32, b: i32): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 0;
  return i32x4.extract_lane(i32x4.relaxed_dot_i8x16_i7x16_add_s(i8x16.splat(<i8>a), i8x16.splat(<i8>b), i32x4.splat(0)), 0);
}

/** Bytes of a panel of 8 columns. */
// @ts-ignore: decorator
@inline
export function columnPanelBytes(depth: i32): usize {
  return HEAD_OF_COLUMNS + <usize>((depth + 3) >> 2) * STEP_OF_COLUMNS;
}

/** Rows of x into panels of 3: their scales, then four steps of the depth of each row, the upper halves and the lower. */
export function packRowHalves(source: usize, rowStep: usize, rows: i32, depth: i32, panels: usize): void {
  const magic = f32x4.splat(ROUNDING);
  const seven = i16x8.splat(127);
  let panel = panels;
  for (let row = 0; row < rows; row += ROWS) {
    for (let line = 0; line < ROWS; line++) {
      const exists = row + line < rows;
      const from = source + <usize>(exists ? row + line : row) * rowStep;
      const inverse = f32x4.splat(scaleOfRow(from, depth, LARGEST, exists, panel + (<usize>line << 2)));
      let target = panel + SCALES_OF_ROWS + (<usize>line << 3);
      let at = 0;
      for (; at + 8 <= depth; at += 8) {
        const eight = from + (<usize>at << 2);
        const low = f32x4.add(f32x4.mul(v128.load(eight), inverse), magic);
        const high = f32x4.add(f32x4.mul(v128.load(eight, 16), inverse), magic);
        const numbers = v128.shuffle<i16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
        const halves = i8x16.narrow_i16x8_u(i16x8.shr_u(numbers, 7), v128.and(numbers, seven));
        const inSteps = v128.shuffle<i32>(halves, halves, 0, 2, 1, 3);
        v128.store64_lane(target, inSteps, 0);
        v128.store64_lane(target + STEP_OF_ROWS, inSteps, 1);
        target += 2 * STEP_OF_ROWS;
      }
      // What follows the last number of the depth meets zeros of the weight.
      const factor = f32x4.extract_lane(inverse, 0);
      for (; at < depth; at += 4) {
        for (let place = 0; place < min(4, depth - at); place++) {
          const number = reinterpret<i32>(load<f32>(from + (<usize>(at + place) << 2)) * factor + ROUNDING);
          store<u8>(target + place, <u8>((number >> 7) & 127));
          store<u8>(target + place, <u8>(number & 127), 4);
        }
        target += STEP_OF_ROWS;
      }
    }
    panel += SCALES_OF_ROWS + <usize>((depth + 3) >> 2) * STEP_OF_ROWS;
  }
}

/** Columns of the weight into panels of 8: their scales, what the offset adds to their products, then four steps of each column. */
export function packColumnBytes(source: usize, columnStep: usize, scales: usize, columns: i32, depth: i32, panels: usize): void {
  let panel = panels;
  for (let column = 0; column < columns; column += TILE_COLUMNS) {
    for (let line = 0; line < TILE_COLUMNS; line++) {
      const exists = column + line < columns;
      store<f32>(panel + (<usize>line << 2), exists ? load<f32>(scales + (<usize>(column + line) << 2)) : 0);
    }
    for (let first = 0; first < TILE_COLUMNS; first += 4) {
      const present = columns - column - first;
      if (present <= 0) break; // what stands there is never read out
      const from = source + <usize>(column + first) * columnStep;
      // Columns that do not exist are the first one again.
      const line1 = present > 1 ? from + columnStep : from;
      const line2 = present > 2 ? from + 2 * columnStep : from;
      const line3 = present > 3 ? from + 3 * columnStep : from;
      const target = panel + HEAD_OF_COLUMNS + (<usize>first << 2);
      const sums = panel + STEP_OF_COLUMNS + (<usize>first << 2);
      const whole = packFour(from, line1, line2, line3, depth, target);
      packRest(from, depth, whole, target, sums);
      packRest(line1, depth, whole, target + 4, sums + 4);
      packRest(line2, depth, whole, target + 8, sums + 8);
      packRest(line3, depth, whole, target + 12, sums + 12);
    }
    panel += columnPanelBytes(depth);
  }
}

/** Sixteen numbers of each of four columns at a time; gives how many that were. */
// @ts-ignore: decorator
@inline
function packFour(a: usize, b: usize, c: usize, d: usize, depth: i32, target: usize): i32 {
  let at = 0;
  for (; at + 16 <= depth; at += 16) {
    storeTransposed(v128.load(a + at), v128.load(b + at), v128.load(c + at), v128.load(d + at), target, STEP_OF_COLUMNS);
    target += 4 * STEP_OF_COLUMNS;
  }
  return at;
}

/** Of one column the numbers from there on, zeros behind the last one, and the sum of all times the offset. */
function packRest(source: usize, depth: i32, whole: i32, target: usize, sum: usize): void {
  let sums = i32x4.splat(0);
  for (let at = 0; at < whole; at += 16) {
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v128.load(source + at))));
  }
  sums = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
  let total = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
  target += <usize>(whole >> 2) * STEP_OF_COLUMNS;
  for (let at = whole; at < depth; at += 4) {
    for (let place = 0; place < 4; place++) {
      const number: i8 = at + place < depth ? load<i8>(source + at + place) : 0;
      store<i8>(target + place, number);
      total += number;
    }
    target += STEP_OF_COLUMNS;
  }
  store<i32>(sum, total * OFFSET);
}

/** out [rows, columns] = (or +=) the packed rows times one panel of at most 8 columns. */
export function multiplyHalves(
  a: usize,
  rows: i32,
  b: usize,
  columns: i32,
  depth: i32,
  out: usize,
  outRowStep: usize,
  accumulate: bool,
  edgeTile: usize,
): void {
  const steps = <usize>((depth + 3) >> 2);
  for (let row = 0; row < rows; row += ROWS) {
    if (columns == TILE_COLUMNS && row + ROWS <= rows) {
      multiplyTile(a, b, steps, out, outRowStep, accumulate);
    } else {
      multiplyTile(a, b, steps, edgeTile, TILE_COLUMNS << 2, false);
      copyTile(edgeTile, min(ROWS, rows - row), columns, out, outRowStep, accumulate);
    }
    a += SCALES_OF_ROWS + steps * STEP_OF_ROWS;
    out += ROWS * outRowStep;
  }
}

// @ts-ignore: decorator
@inline
function dot(numbers: v128, halves: v128, sums: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(numbers, halves, sums);
}

/** A tile of out, of the form that math/tile.ts explains. Of row a the sums are a0 and a1 of its upper halves, and a2 and a3 of its lower. */
function multiplyTile(a: usize, b: usize, steps: usize, out: usize, outRowStep: usize, accumulate: bool): void {
  if (!ASC_FEATURE_RELAXED_SIMD) return;
  let values = a + SCALES_OF_ROWS;
  let lines = b + HEAD_OF_COLUMNS;
  const end = values + steps * STEP_OF_ROWS;
  const zero = i32x4.splat(0);
  let low = v128.load(lines);
  let high = v128.load(lines, 16);
  let value = v128.load32_splat(values);
  let a0 = dot(low, value, zero);
  let a1 = dot(high, value, zero);
  value = v128.load32_splat(values, 4);
  let a2 = dot(low, value, zero);
  let a3 = dot(high, value, zero);
  value = v128.load32_splat(values, 8);
  let b0 = dot(low, value, zero);
  let b1 = dot(high, value, zero);
  value = v128.load32_splat(values, 12);
  let b2 = dot(low, value, zero);
  let b3 = dot(high, value, zero);
  value = v128.load32_splat(values, 16);
  let c0 = dot(low, value, zero);
  let c1 = dot(high, value, zero);
  value = v128.load32_splat(values, 20);
  let c2 = dot(low, value, zero);
  let c3 = dot(high, value, zero);
  values += STEP_OF_ROWS;
  lines += STEP_OF_COLUMNS;
  while (values < end) {
    low = v128.load(lines);
    high = v128.load(lines, 16);
    value = v128.load32_splat(values);
    a0 = dot(low, value, a0);
    a1 = dot(high, value, a1);
    value = v128.load32_splat(values, 4);
    a2 = dot(low, value, a2);
    a3 = dot(high, value, a3);
    value = v128.load32_splat(values, 8);
    b0 = dot(low, value, b0);
    b1 = dot(high, value, b1);
    value = v128.load32_splat(values, 12);
    b2 = dot(low, value, b2);
    b3 = dot(high, value, b3);
    value = v128.load32_splat(values, 16);
    c0 = dot(low, value, c0);
    c1 = dot(high, value, c1);
    value = v128.load32_splat(values, 20);
    c2 = dot(low, value, c2);
    c3 = dot(high, value, c3);
    values += STEP_OF_ROWS;
    lines += STEP_OF_COLUMNS;
  }
  storeRow(a0, a1, a2, a3, v128.load32_splat(a), b, out, accumulate);
  storeRow(b0, b1, b2, b3, v128.load32_splat(a, 4), b, out + outRowStep, accumulate);
  storeRow(c0, c1, c2, c3, v128.load32_splat(a, 8), b, out + 2 * outRowStep, accumulate);
}

/** Both halves together, less what the offset added, as what they stand for: the column's scale first, as in integers.ts. */
// @ts-ignore: decorator
@inline
function storeRow(upper0: v128, upper1: v128, lower0: v128, lower1: v128, scale: v128, head: usize, out: usize, accumulate: bool): void {
  const left = i32x4.sub(i32x4.add(i32x4.shl(upper0, 7), lower0), v128.load(head, 32));
  const right = i32x4.sub(i32x4.add(i32x4.shl(upper1, 7), lower1), v128.load(head, 48));
  let first = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(left), v128.load(head)), scale);
  let second = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(right), v128.load(head, 16)), scale);
  if (accumulate) {
    first = f32x4.add(first, v128.load(out));
    second = f32x4.add(second, v128.load(out, 16));
  }
  v128.store(out, first);
  v128.store(out, second, 16);
}
