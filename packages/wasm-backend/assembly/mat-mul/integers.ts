import { interruptionPoint } from '../interruption-point';
import { copyTile, TILE_COLUMNS, TILE_ROWS } from './tile';
import { storeTransposed } from './pack';
import { finish } from './finish';
import { MatMulJob } from './job';
import { scaleOfRow } from './scale-of-row';
import { INT8 } from './widen';
import { columnPanelBytes, multiplyHalves, packColumnBytes, packRowHalves } from './halves';

// A product of x and a weight in int8 in whole numbers: rows of x are rounded to 16 bits of their largest magnitude, slab by slab, and
// i32x4.dot_i16x8_s takes two steps of the depth at once, which is twice what a lane of float32 does. What 16 bits round away is a
// hundredth of what 8 bits did. Numbers lie in pairs along the depth, in panels that begin with the scales of their lines.

/** What the largest magnitude of a row becomes. */
const LARGEST: f32 = 32767;

/** Sums of as many products of 8 and 16 bits stay below 2^31. */
const MOST_DEPTH = 512;

/** In less a panel's scales would have no room where the panels of float32 have theirs. */
const LEAST_DEPTH = 4;

/** 1.5 * 2^23: a number of at most 22 bits plus this has that number, rounded, as the lowest bits of its own. */
const ROUNDING: f32 = 12582912;

const SCALES_OF_ROWS: usize = TILE_ROWS << 2;
const SCALES_OF_COLUMNS: usize = TILE_COLUMNS << 2;

/** Whether the job is one: a linear map, whose numbers lie along the depth on both sides, with a scale for each column. */
export function isOfIntegers(job: MatMulJob): bool {
  return (
    job.bKind == INT8 &&
    job.aDepthStep == 4 &&
    job.bDepthStep == 1 &&
    job.bScaleDepthStep == 0 &&
    job.bScaleColumnStep == 4 &&
    job.depth >= LEAST_DEPTH &&
    (job.inHalves != 0 || job.depthPerBlock <= MOST_DEPTH)
  );
}

/** As multiplyPiece does it for float32: a piece of out, block by block. */
export function multiplyIntegers(
  job: MatMulJob,
  offsets: usize,
  a: usize,
  row: i32,
  rows: i32,
  b: usize,
  column: i32,
  columns: i32,
  out: usize,
  outRowStep: usize,
  scratch: usize,
): void {
  const aPanels = scratch + ((TILE_ROWS * TILE_COLUMNS) << 2);
  const bPanels = aPanels + (<usize>(job.rowsPerBlock * job.depthPerBlock) << 2);
  const scales = job.bScales + (<usize>column << 2);
  for (let at = 0; at < job.depth; at += job.depthPerBlock) {
    const depth = min(job.depthPerBlock, job.depth - at);
    const pairs = (depth + 1) >> 1;
    const inHalves = ASC_FEATURE_RELAXED_SIMD && job.inHalves != 0;
    const panelBytes = inHalves ? columnPanelBytes(depth) : SCALES_OF_COLUMNS + <usize>pairs * SCALES_OF_COLUMNS;
    if (inHalves) packColumnBytes(b + at, job.bColumnStep, scales, columns, depth, bPanels);
    else packColumns(b + at, job.bColumnStep, scales, columns, depth, bPanels);
    for (let first = 0; first < rows; first += job.rowsPerBlock) {
      interruptionPoint();
      const count = min(job.rowsPerBlock, rows - first);
      const block = a + <usize>first * job.aRowStep + (<usize>at << 2);
      if (inHalves) packRowHalves(block, job.aRowStep, count, depth, aPanels);
      else packRows(block, job.aRowStep, count, depth, aPanels);
      const outBlock = out + <usize>first * outRowStep;
      let panel = bPanels;
      for (let done = 0; done < columns; done += TILE_COLUMNS) {
        const width = min(TILE_COLUMNS, columns - done);
        const target = outBlock + (<usize>done << 2);
        if (inHalves) multiplyHalves(aPanels, count, panel, width, depth, target, outRowStep, at > 0, scratch);
        else multiplyPanel(aPanels, count, panel, width, pairs, target, outRowStep, at > 0, scratch);
        panel += panelBytes;
      }
      if (at + depth == job.depth) finish(job, offsets, row + first, count, column, columns, outBlock, outRowStep);
    }
  }
}

/** Rows of x into panels of 4, each row rounded to 16 bits. */
function packRows(source: usize, rowStep: usize, rows: i32, depth: i32, panels: usize): void {
  const magic = f32x4.splat(ROUNDING);
  let target = panels;
  for (let row = 0; row < rows; row += TILE_ROWS) {
    const from = source + <usize>row * rowStep;
    // Rows that do not exist are the first one of the panel times 0.
    const line1 = row + 1 < rows ? from + rowStep : from;
    const line2 = row + 2 < rows ? from + 2 * rowStep : from;
    const line3 = row + 3 < rows ? from + 3 * rowStep : from;
    const inverse0 = f32x4.splat(scaleOfRow(from, depth, LARGEST, true, target));
    const inverse1 = f32x4.splat(scaleOfRow(line1, depth, LARGEST, row + 1 < rows, target + 4));
    const inverse2 = f32x4.splat(scaleOfRow(line2, depth, LARGEST, row + 2 < rows, target + 8));
    const inverse3 = f32x4.splat(scaleOfRow(line3, depth, LARGEST, row + 3 < rows, target + 12));
    target += SCALES_OF_ROWS;
    let at = 0;
    for (; at + 8 <= depth; at += 8) {
      const step = <usize>at << 2;
      const a = eightRounded(from + step, inverse0, magic);
      const b = eightRounded(line1 + step, inverse1, magic);
      const c = eightRounded(line2 + step, inverse2, magic);
      const d = eightRounded(line3 + step, inverse3, magic);
      storeTransposed(a, b, c, d, target, SCALES_OF_ROWS);
      target += 4 * SCALES_OF_ROWS;
    }
    for (; at < depth; at += 2) {
      const step = <usize>at << 2;
      const isPair = at + 1 < depth;
      storePair(from + step, inverse0, isPair, target);
      storePair(line1 + step, inverse1, isPair, target + 4);
      storePair(line2 + step, inverse2, isPair, target + 8);
      storePair(line3 + step, inverse3, isPair, target + 12);
      target += SCALES_OF_ROWS;
    }
  }
}

/** Eight numbers of a row as i16. */
// @ts-ignore: decorator
@inline
function eightRounded(source: usize, inverse: v128, magic: v128): v128 {
  const low = f32x4.add(f32x4.mul(v128.load(source), inverse), magic);
  const high = f32x4.add(f32x4.mul(v128.load(source, 16), inverse), magic);
  return v128.shuffle<i16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
}

/** Two numbers of a row, or the last one and 0. */
// @ts-ignore: decorator
@inline
function storePair(source: usize, inverse: v128, isPair: bool, target: usize): void {
  const factor = f32x4.extract_lane(inverse, 0);
  store<f32>(target, load<f32>(source) * factor + ROUNDING); // its lower half is the number
  const next: f32 = isPair ? load<f32>(source, 4) * factor + ROUNDING : ROUNDING;
  store<u16>(target, <u16>reinterpret<u32>(next), 2);
}

/** Columns of the weight into panels of 8, widened to 16 bits. */
function packColumns(source: usize, columnStep: usize, scales: usize, columns: i32, depth: i32, panels: usize): void {
  const pairs = (depth + 1) >> 1;
  for (let column = 0; column < columns; column += TILE_COLUMNS) {
    for (let line = 0; line < TILE_COLUMNS; line++) {
      const exists = column + line < columns;
      store<f32>(panels + (<usize>line << 2), exists ? load<f32>(scales + (<usize>(column + line) << 2)) : 0);
    }
    panels += SCALES_OF_COLUMNS;
    for (let first = 0; first < TILE_COLUMNS; first += 4) {
      const present = columns - column - first;
      if (present <= 0) break; // what stands there is never read out
      const from = source + <usize>(column + first) * columnStep;
      // Columns that do not exist are the first one again.
      const line1 = present > 1 ? from + columnStep : from;
      const line2 = present > 2 ? from + 2 * columnStep : from;
      const line3 = present > 3 ? from + 3 * columnStep : from;
      let target = panels + (<usize>first << 2);
      let at: usize = 0;
      for (; at + 8 <= <usize>depth; at += 8) {
        const a = v128.load8x8_s(from + at);
        const b = v128.load8x8_s(line1 + at);
        const c = v128.load8x8_s(line2 + at);
        const d = v128.load8x8_s(line3 + at);
        storeTransposed(a, b, c, d, target, SCALES_OF_COLUMNS);
        target += 4 * SCALES_OF_COLUMNS;
      }
      for (; at < <usize>depth; at += 2) {
        const isPair = at + 1 < <usize>depth;
        store<i32>(target, pairOf(from + at, isPair));
        store<i32>(target, pairOf(line1 + at, isPair), 4);
        store<i32>(target, pairOf(line2 + at, isPair), 8);
        store<i32>(target, pairOf(line3 + at, isPair), 12);
        target += SCALES_OF_COLUMNS;
      }
    }
    panels += <usize>pairs * SCALES_OF_COLUMNS;
  }
}

// @ts-ignore: decorator
@inline
function pairOf(source: usize, isPair: bool): i32 {
  const next: i32 = isPair ? <i32>load<i8>(source, 1) : 0;
  return (<i32>load<i8>(source) & 0xffff) | (next << 16);
}

/** out [rows, columns] = (or +=) the packed rows times one panel of at most 8 columns. */
function multiplyPanel(
  a: usize,
  rows: i32,
  b: usize,
  columns: i32,
  pairs: i32,
  out: usize,
  outRowStep: usize,
  accumulate: bool,
  edgeTile: usize,
): void {
  for (let row = 0; row < rows; row += TILE_ROWS) {
    if (columns == TILE_COLUMNS && row + TILE_ROWS <= rows) {
      multiplyTile(a, b, pairs, out, outRowStep, accumulate);
    } else {
      multiplyTile(a, b, pairs, edgeTile, SCALES_OF_COLUMNS, false);
      copyTile(edgeTile, min(TILE_ROWS, rows - row), columns, out, outRowStep, accumulate);
    }
    a += SCALES_OF_ROWS + <usize>pairs * SCALES_OF_ROWS;
    out += TILE_ROWS * outRowStep;
  }
}

/** A tile of out. Its form is that of math/tile.ts, for the same reasons: the first step stands before the loop, which is not unrolled. */
function multiplyTile(a: usize, b: usize, pairs: i32, out: usize, outRowStep: usize, accumulate: bool): void {
  let values = a + SCALES_OF_ROWS;
  let lines = b + SCALES_OF_COLUMNS;
  const end = values + <usize>pairs * SCALES_OF_ROWS;
  let low = v128.load(lines);
  let high = v128.load(lines, 16);
  let value = v128.load32_splat(values);
  let a0 = i32x4.dot_i16x8_s(value, low);
  let a1 = i32x4.dot_i16x8_s(value, high);
  value = v128.load32_splat(values, 4);
  let b0 = i32x4.dot_i16x8_s(value, low);
  let b1 = i32x4.dot_i16x8_s(value, high);
  value = v128.load32_splat(values, 8);
  let c0 = i32x4.dot_i16x8_s(value, low);
  let c1 = i32x4.dot_i16x8_s(value, high);
  value = v128.load32_splat(values, 12);
  let d0 = i32x4.dot_i16x8_s(value, low);
  let d1 = i32x4.dot_i16x8_s(value, high);
  values += SCALES_OF_ROWS;
  lines += SCALES_OF_COLUMNS;
  while (values < end) {
    low = v128.load(lines);
    high = v128.load(lines, 16);
    value = v128.load32_splat(values);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(value, low));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(value, high));
    value = v128.load32_splat(values, 4);
    b0 = i32x4.add(b0, i32x4.dot_i16x8_s(value, low));
    b1 = i32x4.add(b1, i32x4.dot_i16x8_s(value, high));
    value = v128.load32_splat(values, 8);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(value, low));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(value, high));
    value = v128.load32_splat(values, 12);
    d0 = i32x4.add(d0, i32x4.dot_i16x8_s(value, low));
    d1 = i32x4.add(d1, i32x4.dot_i16x8_s(value, high));
    values += SCALES_OF_ROWS;
    lines += SCALES_OF_COLUMNS;
  }
  const left = v128.load(b);
  const right = v128.load(b, 16);
  storeRow(a0, a1, v128.load32_splat(a), left, right, out, accumulate);
  storeRow(b0, b1, v128.load32_splat(a, 4), left, right, out + outRowStep, accumulate);
  storeRow(c0, c1, v128.load32_splat(a, 8), left, right, out + 2 * outRowStep, accumulate);
  storeRow(d0, d1, v128.load32_splat(a, 12), left, right, out + 3 * outRowStep, accumulate);
}

/** Sums of whole numbers as what they stand for: the column's scale first, so that large rows do not leave float32 on the way. */
// @ts-ignore: decorator
@inline
function storeRow(low: v128, high: v128, scale: v128, left: v128, right: v128, out: usize, accumulate: bool): void {
  let first = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(low), left), scale);
  let second = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(high), right), scale);
  if (accumulate) {
    first = f32x4.add(first, v128.load(out));
    second = f32x4.add(second, v128.load(out, 16));
  }
  v128.store(out, first);
  v128.store(out, second, 16);
}
