import { multiplyTile, sums, zeros } from '../math/tile';

/** The tile of out that lives in registers. */
export const TILE_ROWS = 4;
export const TILE_COLUMNS = 8;

/**
 * out [4, 8] = (or +=) a [4, depth] · b [depth, 8], depth > 0: for each step along the depth 4 values of a and 8 of b, side by side;
 * bStep is from one such 8 to the next (32 bytes where b is packed).
 */
export function tile(a: usize, b: usize, bStep: usize, depth: i32, out: usize, outRowStep: usize, accumulate: bool): void {
  if (accumulate) multiplyTile<f32>(a, 16, b, bStep, depth, sums, out, outRowStep, 0);
  else multiplyTile<f32>(a, 16, b, bStep, depth, zeros, out, outRowStep, 0);
}

/** Writes (or adds) the part of a tile [4, 8] that lies inside of out. */
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
