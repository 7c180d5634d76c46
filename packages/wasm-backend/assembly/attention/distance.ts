import { logarithm } from '../math/logarithm';
import { sumOfLanes } from '../math/lanes';
import { Group, keyPositionsAt, positionOf } from './group';
import { Term } from './job';
import { scoreStride } from './products';

/** |query − key| for four keys. */
// @ts-ignore: decorator
@inline
function distances(group: Group, row: i32, column: i32): v128 {
  return f32x4.convert_i32x4_s(i32x4.abs(i32x4.sub(i32x4.splat(positionOf(group, row)), keyPositionsAt(group, column))));
}

/** One number for each head. */
// @ts-ignore: decorator
@inline
function ofHead(group: Group, term: Term): f32 {
  return load<f32>(term.table + (<usize>group.head << 2));
}

/** Adds to the gradient of one number for each head, kept apart for each chunk of keys and batch row: [keyChunks, b, h] in float64. */
// @ts-ignore: decorator
@inline
function addToHead(group: Group, term: Term, amount: f64): void {
  const at = term.cotangent + (<usize>group.part << 3);
  store<f64>(at, load<f64>(at) + amount);
}

/** s − slope · |p − j| */
export function addAlibi(group: Group, term: Term, scores: usize): void {
  const slope = f32x4.splat(ofHead(group, term));
  for (let row = 0; row < group.rows; row++) {
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const at = scores + <usize>row * scoreStride + (<usize>column << 2);
      v128.store(at, f32x4.sub(v128.load(at), f32x4.mul(slope, distances(group, row, column))));
    }
  }
}

export function collectAlibi(group: Group, term: Term, cotangent: usize): void {
  let sum = f32x4.splat(0);
  for (let row = 0; row < group.rows; row++) {
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const at = cotangent + <usize>row * scoreStride + (<usize>column << 2);
      sum = f32x4.add(sum, f32x4.mul(v128.load(at), distances(group, row, column)));
    }
  }
  addToHead(group, term, -(<f64>sumOfLanes(sum)));
}

/** m = clamp((ramp + span − |p − j|) / ramp, 0, 1) for four keys. */
// @ts-ignore: decorator
@inline
export function weightOfSpan(group: Group, term: Term, row: i32, column: i32): v128 {
  const left = f32x4.sub(f32x4.splat(ofHead(group, term) + term.amount), distances(group, row, column));
  return f32x4.pmin(f32x4.pmax(f32x4.div(left, f32x4.splat(term.amount)), f32x4.splat(0)), f32x4.splat(1));
}

/** A masked pair's logarithm is never read, but must be finite. */
// @ts-ignore: decorator
@inline
function positive(weight: v128): v128 {
  return f32x4.pmax(weight, f32x4.splat(1e-30));
}

/** s + ln m */
export function addSpanRamp(group: Group, term: Term, scores: usize): void {
  for (let row = 0; row < group.rows; row++) {
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const at = scores + <usize>row * scoreStride + (<usize>column << 2);
      v128.store(at, f32x4.add(v128.load(at), logarithm(positive(weightOfSpan(group, term, row, column)))));
    }
  }
}

export function collectSpanRamp(group: Group, term: Term, cotangent: usize): void {
  let sum = f32x4.splat(0);
  for (let row = 0; row < group.rows; row++) {
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const at = cotangent + <usize>row * scoreStride + (<usize>column << 2);
      const weight = weightOfSpan(group, term, row, column);
      const onSlope = v128.and(f32x4.gt(weight, f32x4.splat(0)), f32x4.lt(weight, f32x4.splat(1)));
      const gradient = f32x4.div(v128.load(at), f32x4.mul(positive(weight), f32x4.splat(term.amount)));
      sum = f32x4.add(sum, v128.and(gradient, onSlope));
    }
  }
  addToHead(group, term, <f64>sumOfLanes(sum));
}
