import { fullRangeExponential } from '../math/full-range-exponential';
import { hyperbolicTangent } from '../math/hyperbolic-tangent';
import { logarithm } from '../math/logarithm';
import { multiplyAdd } from '../math/multiply-add';

// Functions of one number that tfjs's wasm backend has as scalar code, in the order of src/kernels/elementwise/unary.ts.
const EXPONENTIAL = 0;
const LOGARITHM = 1;
const TANGENT = 2;
const ERROR_FUNCTION = 3;

/** y = f(x), elementwise; as the host writes it. */
@unmanaged
export class UnaryJob {
  x: usize;
  y: usize;
  count: i32;
  /** An item of the job is that many numbers: a multiple of 4. */
  countPerItem: i32;
  operation: i32;
}

/** Scratch: 16 bytes. */
export function unary(job: UnaryJob, from: i32, to: i32, scratch: usize): void {
  const end = min(<usize>to * job.countPerItem, <usize>job.count) << 2;
  const vectorEnd = end & ~15;
  let at = (<usize>from * job.countPerItem) << 2;
  for (; at < vectorEnd; at += 16) v128.store(job.y + at, valueOf(v128.load(job.x + at), job.operation));
  if (at == end) return;
  memory.copy(scratch, job.x + at, end - at);
  v128.store(scratch, valueOf(v128.load(scratch), job.operation));
  memory.copy(job.y + at, scratch, end - at);
}

// @ts-ignore: decorator
@inline
function valueOf(x: v128, operation: i32): v128 {
  if (operation == EXPONENTIAL) return fullRangeExponential(x);
  if (operation == LOGARITHM) return fullRangeLogarithm(x);
  if (operation == TANGENT) return hyperbolicTangent(x);
  if (operation == ERROR_FUNCTION) return errorFunction(x);
  return x;
}

/** ln x for every float32: −∞ at 0, NaN below. */
function fullRangeLogarithm(x: v128): v128 {
  const isTiny = f32x4.lt(x, f32x4.splat(1.17549435e-38)); // denormal, 0 or below
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, isTiny);
  const shift = v128.and(isTiny, f32x4.splat(-15.942385152878742)); // ln 2^-23
  const finite = f32x4.add(logarithm(normal), shift);
  const atZero = v128.bitselect(f32x4.splat(-Infinity), f32x4.splat(NaN), f32x4.eq(x, f32x4.splat(0)));
  const low = v128.bitselect(finite, atZero, f32x4.gt(x, f32x4.splat(0))); // NaN is not above 0
  return v128.bitselect(x, low, f32x4.eq(x, f32x4.splat(Infinity)));
}

/** erf x, to 4e-7: x times a quotient of polynomials in x², and ±1 from ±4 on, where the function is that in float32. Source: Eigen. */
function errorFunction(x: v128): v128 {
  const square = f32x4.mul(x, x);
  let above = f32x4.splat(-2.72614225801306e-10);
  above = multiplyAdd(above, square, f32x4.splat(2.77068142495902e-8));
  above = multiplyAdd(above, square, f32x4.splat(-2.10102402082508e-6));
  above = multiplyAdd(above, square, f32x4.splat(-5.69250639462346e-5));
  above = multiplyAdd(above, square, f32x4.splat(-7.34990630326855e-4));
  above = multiplyAdd(above, square, f32x4.splat(-2.95459980854025e-3));
  above = multiplyAdd(above, square, f32x4.splat(-1.60960333262415e-2));
  let below = f32x4.splat(-1.45660718464996e-5);
  below = multiplyAdd(below, square, f32x4.splat(-2.13374055278905e-4));
  below = multiplyAdd(below, square, f32x4.splat(-1.68282697438203e-3));
  below = multiplyAdd(below, square, f32x4.splat(-7.37332916720468e-3));
  below = multiplyAdd(below, square, f32x4.splat(-1.42647390514189e-2));
  const quotient = f32x4.div(f32x4.mul(x, above), below);
  const far = v128.bitselect(f32x4.splat(1), f32x4.splat(-1), f32x4.gt(x, f32x4.splat(0)));
  return v128.bitselect(far, quotient, f32x4.ge(f32x4.abs(x), f32x4.splat(4)));
}
