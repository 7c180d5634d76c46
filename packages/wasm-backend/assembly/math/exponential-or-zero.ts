import { fastExp } from './fast-exp';

/** e^x in four lanes for x ≤ 0, and 0 where that is below e^−69: −∞ gives exactly 0. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exponentialOrZero(x: v128): v128 {
  return v128.andnot(fastExp(x), isWeightless(x));
}

/** Where that is 0. */
// @ts-ignore: decorator
@inline
export function isWeightless(x: v128): v128 {
  return f32x4.lt(x, f32x4.splat(-69));
}
