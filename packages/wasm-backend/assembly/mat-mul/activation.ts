import { fullRangeExponential } from '../math/full-range-exponential';

// What tfjs may fuse after a product, in the order of src/kernels/mat-mul/activation.ts.
export const LINEAR = 0;
const RELU = 1;
const RELU6 = 2;
const PRELU = 3;
const LEAKY_RELU = 4;
const SIGMOID = 5;
const ELU = 6;

/** Four values; `slope` is that of prelu and leaky relu below 0. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function activateFour(x: v128, activation: i32, slope: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (activation == LINEAR) return x;
  if (activation == RELU) return f32x4.max(zero, x);
  if (activation == RELU6) return f32x4.min(f32x4.splat(6), f32x4.max(zero, x));
  const below = f32x4.lt(x, zero);
  if (activation == PRELU || activation == LEAKY_RELU) return v128.bitselect(f32x4.mul(x, slope), x, below);
  if (activation == SIGMOID) return f32x4.div(one, f32x4.add(one, fullRangeExponential(f32x4.neg(x))));
  if (activation == ELU) return v128.bitselect(f32x4.sub(fullRangeExponential(x), one), x, below);
  return x;
}

/** One value: the first of four equal ones. */
export function activate(x: f32, activation: i32, slope: f32): f32 {
  return f32x4.extract_lane(activateFour(f32x4.splat(x), activation, f32x4.splat(slope)), 0);
}
