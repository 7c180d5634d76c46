import { multiplyAdd } from '../multiply-add';

/** The tile of out that lives in registers: the one shape that is fast on every engine tried. */
export const TILE_ROWS = 4;
export const TILE_COLUMNS = 8;

/**
 * out [4, 8] = (or +=) a [4, depth] · b [depth, 8]: for each step along the depth 4 values of a and 8 of b, side by side; bStep is
 * from one such 8 to the next (32 bytes where b is packed). Not unrolled: V8 moves the arithmetic behind all loads of a loop's body,
 * and two steps' loads do not fit into its registers (24 GF/s instead of 36 in the level-1 cache, Node 20.20).
 * Names: a0 … a3 are rows of a; rL and rR the left and right four columns of row r.
 */
export function tile(a: usize, b: usize, bStep: usize, depth: i32, out: usize, outRowStep: usize, accumulate: bool): void {
  const out1 = out + outRowStep;
  const out2 = out1 + outRowStep;
  const out3 = out2 + outRowStep;
  let r0L = f32x4.splat(0);
  let r0R = r0L;
  let r1L = r0L;
  let r1R = r0L;
  let r2L = r0L;
  let r2R = r0L;
  let r3L = r0L;
  let r3R = r0L;
  if (accumulate) {
    r0L = v128.load(out);
    r0R = v128.load(out, 16);
    r1L = v128.load(out1);
    r1R = v128.load(out1, 16);
    r2L = v128.load(out2);
    r2R = v128.load(out2, 16);
    r3L = v128.load(out3);
    r3R = v128.load(out3, 16);
  }
  const end = a + (<usize>depth << 4);
  while (a < end) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    r0L = multiplyAdd(a0, left, r0L);
    r0R = multiplyAdd(a0, right, r0R);
    const a1 = v128.load32_splat(a, 4);
    r1L = multiplyAdd(a1, left, r1L);
    r1R = multiplyAdd(a1, right, r1R);
    const a2 = v128.load32_splat(a, 8);
    r2L = multiplyAdd(a2, left, r2L);
    r2R = multiplyAdd(a2, right, r2R);
    const a3 = v128.load32_splat(a, 12);
    r3L = multiplyAdd(a3, left, r3L);
    r3R = multiplyAdd(a3, right, r3R);
    a += 16;
    b += bStep;
  }
  v128.store(out, r0L);
  v128.store(out, r0R, 16);
  v128.store(out1, r1L);
  v128.store(out1, r1R, 16);
  v128.store(out2, r2L);
  v128.store(out2, r2R, 16);
  v128.store(out3, r3L);
  v128.store(out3, r3R, 16);
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
