import { multiplyTallTile, multiplyTile, sums, zeros } from '../math/tile';

/** The tile of out that lives in registers. */
export const TILE_ROWS = 4;
export const TILE_COLUMNS = 8;

/** Rows of the tile that most of out is made of. */
// @ts-ignore: decorator
@inline
export const TALL_TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : TILE_ROWS;

/** Of a panel of a, where so many rows are left. */
// @ts-ignore: decorator
@inline
export function panelRows(left: i32): i32 {
  return left > TILE_ROWS ? TALL_TILE_ROWS : TILE_ROWS;
}

/**
 * out [rows, 8] = (or +=) a [rows, depth] · b [depth, 8], depth > 0, of 4 or 6 rows: for each step along the depth the values of a and 8 of b,
 * side by side; bStep is from one such 8 to the next (32 bytes where b is packed).
 */
export function tile(rows: i32, a: usize, b: usize, bStep: usize, depth: i32, out: usize, outRowStep: usize, accumulate: bool): void {
  if (ASC_FEATURE_RELAXED_SIMD && rows == TALL_TILE_ROWS) {
    if (accumulate) multiplyTallTile(a, 24, b, bStep, depth, sums, out, outRowStep);
    else multiplyTallTile(a, 24, b, bStep, depth, zeros, out, outRowStep);
  } else if (accumulate) multiplyTile<f32>(a, 16, b, bStep, depth, sums, out, outRowStep, 0);
  else multiplyTile<f32>(a, 16, b, bStep, depth, zeros, out, outRowStep, 0);
}

/** Writes (or adds) the part of a tile of 8 columns that lies inside of out. */
export function copyTile(from: usize, rows: i32, columns: i32, out: usize, outRowStep: usize, accumulate: bool): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const cell = out + (<usize>column << 2);
      const value = load<f32>(from + (<usize>(row * TILE_COLUMNS + column) << 2));
      store<f32>(cell, accumulate ? load<f32>(cell) + value : value);
    }
    out += outRowStep;
  }
}
