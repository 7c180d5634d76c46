import { multiplyAdd } from './multiply-add';

/**
 * e^x in four lanes, to 2 units in the last place; 0 where it would be below the least normal number, 2^-126, Infinity above 88.7, NaN stays NaN.
 * x = n · ln 2 + r, |r| <= ln 2 / 2: ln 2 in two parts, so that r is exact, e^r by Taylor's series to r^7, and 2^n put into the
 * exponent in two halves, because n = 128 is not an exponent.
 */
export function fullRangeExponential(x: v128): v128 {
  const magic = f32x4.splat(12582912); // 1.5 · 2^23: adding it rounds to an integer, which then stands in the low bits
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), magic);
  const n = f32x4.sub(shifted, magic);
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693145752))); // exact: the constant ends in 9 zero bits
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(1.42860682e-6)));
  let p = f32x4.splat(1.98412698e-4);
  p = multiplyAdd(p, r, f32x4.splat(1.38888889e-3));
  p = multiplyAdd(p, r, f32x4.splat(8.33333333e-3));
  p = multiplyAdd(p, r, f32x4.splat(4.16666667e-2));
  p = multiplyAdd(p, r, f32x4.splat(0.166666667));
  p = multiplyAdd(p, r, f32x4.splat(0.5));
  p = multiplyAdd(p, r, f32x4.splat(1));
  p = multiplyAdd(p, r, f32x4.splat(1));
  const whole = i32x4.sub(shifted, magic);
  const half = i32x4.shr_s(whole, 1);
  const scaled = f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
  const tooSmall = f32x4.lt(x, f32x4.splat(-87.33654));
  const tooLarge = f32x4.gt(x, f32x4.splat(88.72284));
  const low = v128.bitselect(f32x4.splat(0), scaled, tooSmall);
  return v128.bitselect(v128.bitselect(f32x4.splat(Infinity), low, tooLarge), x, f32x4.eq(x, x));
}

// @ts-ignore: decorator
@inline
function powerOfTwo(exponent: v128): v128 {
  return i32x4.shl(i32x4.add(exponent, i32x4.splat(127)), 23);
}
