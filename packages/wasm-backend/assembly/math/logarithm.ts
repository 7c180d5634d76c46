import { multiplyAdd } from './multiply-add';

/**
 * ln x in four lanes, with a relative error of at most 2.5e-7, for positive normal numbers. x = 2^e · m with √½ ≤ m < √2, and
 * ln m = 2 artanh z, z = (m − 1) / (m + 1), |z| < 0.172.
 */
// @ts-ignore: decorator
@inline
export function logarithm(x: v128): v128 {
  const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const mantissa = i32x4.sub(x, i32x4.shl(exponent, 23));
  const z = f32x4.div(f32x4.sub(mantissa, f32x4.splat(1)), f32x4.add(mantissa, f32x4.splat(1)));
  const square = f32x4.mul(z, z);
  let series = f32x4.splat(2.0 / 9.0);
  series = multiplyAdd(series, square, f32x4.splat(2.0 / 7.0));
  series = multiplyAdd(series, square, f32x4.splat(2.0 / 5.0));
  series = multiplyAdd(series, square, f32x4.splat(2.0 / 3.0));
  series = multiplyAdd(series, square, f32x4.splat(2));
  return multiplyAdd(f32x4.convert_i32x4_s(exponent), f32x4.splat(0.6931471805599453), f32x4.mul(series, z));
}
