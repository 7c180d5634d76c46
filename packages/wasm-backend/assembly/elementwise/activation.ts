import { exponentialOrZero } from '../math/exponential-or-zero';
import { fastExp } from '../math/fast-exp';
import { multiplyAdd } from '../math/multiply-add';

// The activations of core-tensor, in the order of src/kernels/activation/activation.ts.
const GELU = 0;
const GELU_TANH = 1;
const RELU = 2;

/** What an activation makes of `count` numbers, elementwise; as the host writes it. Results may lie where x or dy does. */
@unmanaged
export class ActivationJob {
  x: usize;
  /** The activation of x; 0 where it is not wanted. */
  y: usize;
  /** dx = dy · slope at x; both 0 where it is not wanted. */
  dy: usize;
  dx: usize;
  count: i32;
  /** An item of the job is that many numbers: a multiple of 4. */
  countPerItem: i32;
  activation: i32;
}

/** Scratch: 64 bytes. */
export function activation(job: ActivationJob, from: i32, to: i32, scratch: usize): void {
  const first = <usize>from * job.countPerItem;
  const last = min(<usize>to * job.countPerItem, <usize>job.count);
  const end = last << 2;
  const vectorEnd = end & ~15;
  let at = first << 2;
  for (; at < vectorEnd; at += 16) activateFour(job, job.x + at, job.y + at, job.dy + at, job.dx + at);
  if (at == end) return;
  // What is left of the last four numbers is worked on in scratch.
  const rest = end - at;
  memory.copy(scratch, job.x + at, rest);
  if (job.dx) memory.copy(scratch + 16, job.dy + at, rest);
  activateFour(job, scratch, scratch + 32, scratch + 16, scratch + 48);
  if (job.y) memory.copy(job.y + at, scratch + 32, rest);
  if (job.dx) memory.copy(job.dx + at, scratch + 48, rest);
}

// @ts-ignore: decorator
@inline
function activateFour(job: ActivationJob, xs: usize, y: usize, dy: usize, dx: usize): void {
  const x = v128.load(xs);
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  if (job.activation == RELU) {
    const cotangent = job.dx ? v128.load(dy) : zero;
    if (job.y) v128.store(y, f32x4.max(zero, x));
    if (job.dx) v128.store(dx, v128.and(cotangent, f32x4.gt(x, zero)));
    return;
  }
  const square = f32x4.mul(x, x);
  let gate: v128; // the fraction of x that comes through
  let rise: v128; // x times the slope of the gate
  if (job.activation == GELU_TANH) {
    // (1 + tanh u) / 2 = 1 / (1 + e^(−2u)), u = √(2/π) (x + 0.044715 x³)
    const twice = f32x4.mul(x, multiplyAdd(square, f32x4.splat(0.0713548162726), f32x4.splat(1.5957691216057308)));
    const power = fastExp(f32x4.pmin(f32x4.neg(twice), f32x4.splat(88)));
    // Where the exponential is held at its largest, the gate is not 0, and x may be so large that their product is not small.
    gate = v128.andnot(f32x4.div(one, f32x4.add(one, power)), f32x4.lt(twice, f32x4.splat(-88)));
    // Beyond ±20 the gate is flat; x³ could be infinite, and ∞ · 0 is NaN.
    const held = f32x4.pmax(f32x4.pmin(x, f32x4.splat(20)), f32x4.splat(-20));
    const slope = multiplyAdd(f32x4.mul(held, held), f32x4.splat(0.2140644488178), f32x4.splat(1.5957691216057308));
    rise = f32x4.mul(f32x4.mul(held, slope), f32x4.mul(f32x4.mul(gate, power), gate)); // gate · power is 1 − gate, with all its digits
  } else {
    const exponent = f32x4.mul(square, f32x4.splat(-0.5));
    const bell = exponentialOrZero(exponent);
    const tail = f32x4.mul(scaledTail(f32x4.abs(x)), bell);
    gate = v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, zero));
    rise = f32x4.mul(f32x4.mul(x, f32x4.splat(0.3989422804014327)), bell);
  }
  const cotangent = job.dx ? v128.load(dy) : zero;
  if (job.y) v128.store(y, f32x4.mul(x, gate));
  if (job.dx) v128.store(dx, f32x4.mul(cotangent, f32x4.add(gate, rise)));
}

/**
 * The probability that a standard normal variable is above a, times e^(a²/2), for a ≥ 0, with a relative error of at most 4e-7: a
 * polynomial in 1 / (1 + 0.23 a), fitted on [0, 14]. erf itself would lose the tail's digits to 1 − 1.
 */
// @ts-ignore: decorator
@inline
function scaledTail(a: v128): v128 {
  const one = f32x4.splat(1);
  const t = f32x4.div(one, multiplyAdd(a, f32x4.splat(0.23), one));
  let polynomial = f32x4.splat(-0.07846747899740131);
  polynomial = multiplyAdd(polynomial, t, f32x4.splat(0.29041422052391075));
  polynomial = multiplyAdd(polynomial, t, f32x4.splat(-0.27812710688500886));
  polynomial = multiplyAdd(polynomial, t, f32x4.splat(0.30147290451676156));
  polynomial = multiplyAdd(polynomial, t, f32x4.splat(-0.032920237946704844));
  polynomial = multiplyAdd(polynomial, t, f32x4.splat(0.11951406233512274));
  polynomial = multiplyAdd(polynomial, t, f32x4.splat(0.08576291866710598));
  polynomial = multiplyAdd(polynomial, t, f32x4.splat(0.09237845640637014));
  return multiplyAdd(polynomial, t, f32x4.splat(-0.00002776242654949025));
}
