// Arithmetic alone, that the rates of the kernels are held beside. `build.mjs` compiles it when a measurement first needs it.
import { multiplyAdd } from '../../../packages/wasm-backend/assembly/math/multiply-add';
import { multiplyTallTile, multiplyTile, zeros } from '../../../packages/wasm-backend/assembly/math/tile';

/** Bytes of the values, four or six, and of the eight numbers of a line that a tile takes at each step. */
const valuesStep: usize = 16;
const tallValuesStep: usize = 24;
const linesStep: usize = 32;
/** Where the lines lie, and the sums of a tile: all is in the level-1 cache, 12 KiB of lines at most. */
const linesAt: usize = 12_288;
const sumsAt: usize = 32_768;

/** A tile of 4 rows by 8 columns, so many steps deep, over and over the same numbers. */
export function tiles(count: i32, depth: i32): f32 {
  do {
    multiplyTile<f32>(0, valuesStep, linesAt, linesStep, depth, zeros, sumsAt, linesStep, 0);
  } while (--count);
  return load<f32>(sumsAt);
}

/** One of 6 rows by 8 columns. */
export function tallTiles(count: i32, depth: i32): f32 {
  do {
    multiplyTallTile(0, tallValuesStep, linesAt, linesStep, depth, zeros, sumsAt, linesStep);
  } while (--count);
  return load<f32>(sumsAt);
}

/** x · 1 + 0, in the same chain whether fused or not. */
// @ts-ignore: decorator
@inline
function chainedStep(x: v128, one: v128, zero: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? multiplyAdd(zero, one, x) : multiplyAdd(x, one, zero);
}

/** A product in the even chains, a sum in the odd ones: they never wait for each other. */
// @ts-ignore: decorator
@inline
function step(x: v128, at: i32, isApart: bool, one: v128, zero: v128): v128 {
  if (!isApart) return chainedStep(x, one, zero);
  return at % 2 == 0 ? f32x4.mul(x, one) : f32x4.add(x, zero);
}

/**
 * Multiply-adds on vectors of four floats in registers, nothing else, in so many independent chains; `chains` and `isApart` have to
 * be constants, so that each has a loop of its own. The values stay finite and normal: products by 1, sums of 0, which the caller
 * gives, so that no compiler may leave them out.
 */
// @ts-ignore: decorator
@inline
function peak(turns: i32, chains: i32, isApart: bool, unit: f32, nothing: f32): f32 {
  const one = f32x4.splat(unit);
  const zero = f32x4.splat(nothing);
  let c0 = f32x4.splat(1), c1 = f32x4.splat(2), c2 = f32x4.splat(3), c3 = f32x4.splat(4);
  let c4 = f32x4.splat(5), c5 = f32x4.splat(6), c6 = f32x4.splat(7), c7 = f32x4.splat(8);
  let c8 = f32x4.splat(9), c9 = f32x4.splat(10), c10 = f32x4.splat(11), c11 = f32x4.splat(12);
  let c12 = f32x4.splat(13), c13 = f32x4.splat(14), c14 = f32x4.splat(15), c15 = f32x4.splat(16);
  let c16 = f32x4.splat(17), c17 = f32x4.splat(18), c18 = f32x4.splat(19), c19 = f32x4.splat(20);
  let c20 = f32x4.splat(21), c21 = f32x4.splat(22), c22 = f32x4.splat(23), c23 = f32x4.splat(24);
  let c24 = f32x4.splat(25), c25 = f32x4.splat(26), c26 = f32x4.splat(27), c27 = f32x4.splat(28);
  do {
    c0 = step(c0, 0, isApart, one, zero);
    c1 = step(c1, 1, isApart, one, zero);
    c2 = step(c2, 2, isApart, one, zero);
    c3 = step(c3, 3, isApart, one, zero);
    if (chains > 4) c4 = step(c4, 4, isApart, one, zero);
    if (chains > 5) c5 = step(c5, 5, isApart, one, zero);
    if (chains > 6) c6 = step(c6, 6, isApart, one, zero);
    if (chains > 7) c7 = step(c7, 7, isApart, one, zero);
    if (chains > 8) c8 = step(c8, 8, isApart, one, zero);
    if (chains > 9) c9 = step(c9, 9, isApart, one, zero);
    if (chains > 10) c10 = step(c10, 10, isApart, one, zero);
    if (chains > 11) c11 = step(c11, 11, isApart, one, zero);
    if (chains > 12) c12 = step(c12, 12, isApart, one, zero);
    if (chains > 13) c13 = step(c13, 13, isApart, one, zero);
    if (chains > 14) c14 = step(c14, 14, isApart, one, zero);
    if (chains > 15) c15 = step(c15, 15, isApart, one, zero);
    if (chains > 16) c16 = step(c16, 16, isApart, one, zero);
    if (chains > 17) c17 = step(c17, 17, isApart, one, zero);
    if (chains > 18) c18 = step(c18, 18, isApart, one, zero);
    if (chains > 19) c19 = step(c19, 19, isApart, one, zero);
    if (chains > 20) c20 = step(c20, 20, isApart, one, zero);
    if (chains > 21) c21 = step(c21, 21, isApart, one, zero);
    if (chains > 22) c22 = step(c22, 22, isApart, one, zero);
    if (chains > 23) c23 = step(c23, 23, isApart, one, zero);
    if (chains > 24) c24 = step(c24, 24, isApart, one, zero);
    if (chains > 25) c25 = step(c25, 25, isApart, one, zero);
    if (chains > 26) c26 = step(c26, 26, isApart, one, zero);
    if (chains > 27) c27 = step(c27, 27, isApart, one, zero);
  } while (--turns);
  // The result depends on all chains.
  let all = four(c0, c1, c2, c3);
  if (chains > 4) all = f32x4.add(all, f32x4.add(c4, c5));
  if (chains > 6) all = f32x4.add(all, f32x4.add(c6, c7));
  if (chains > 8) all = f32x4.add(all, f32x4.add(c8, c9));
  if (chains > 10) all = f32x4.add(all, f32x4.add(c10, c11));
  if (chains > 12) all = f32x4.add(all, c12);
  if (chains > 13) all = f32x4.add(all, c13);
  if (chains > 14) all = f32x4.add(all, f32x4.add(c14, c15));
  if (chains > 16) all = f32x4.add(all, four(c16, c17, c18, c19));
  if (chains > 20) all = f32x4.add(all, four(c20, c21, c22, c23));
  if (chains > 24) all = f32x4.add(all, four(c24, c25, c26, c27));
  return f32x4.extract_lane(all, 0);
}

// @ts-ignore: decorator
@inline
function four(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

export function chained4(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 4, false, one, zero); }
export function chained6(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 6, false, one, zero); }
export function chained8(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 8, false, one, zero); }
export function chained10(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 10, false, one, zero); }
export function chained12(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 12, false, one, zero); }
export function chained13(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 13, false, one, zero); }
export function chained14(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 14, false, one, zero); }
export function chained16(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 16, false, one, zero); }
export function chained20(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 20, false, one, zero); }
export function chained24(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 24, false, one, zero); }
export function chained28(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 28, false, one, zero); }
export function apart4(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 4, true, one, zero); }
export function apart6(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 6, true, one, zero); }
export function apart8(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 8, true, one, zero); }
export function apart10(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 10, true, one, zero); }
export function apart12(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 12, true, one, zero); }
export function apart13(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 13, true, one, zero); }
export function apart14(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 14, true, one, zero); }
export function apart16(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 16, true, one, zero); }
export function apart20(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 20, true, one, zero); }
export function apart24(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 24, true, one, zero); }
export function apart28(turns: i32, one: f32, zero: f32): f32 { return peak(turns, 28, true, one, zero); }
