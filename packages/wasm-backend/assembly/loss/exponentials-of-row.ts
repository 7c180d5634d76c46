import { exponentialOrZero } from '../math/exponential-or-zero';
import { sumOfLanes } from '../math/lanes';

/** Of `count` numbers the largest; NaN where there is one. −∞ where there are none. */
export function largestOf(x: usize, count: i32): f32 {
  let largest = f32x4.splat(-Infinity);
  let more = largest;
  let at = 0;
  for (; at + 8 <= count; at += 8) {
    largest = f32x4.max(largest, v128.load(x));
    more = f32x4.max(more, v128.load(x, 16));
    x += 32;
  }
  largest = f32x4.max(largest, more);
  for (; at < count; at++) {
    largest = f32x4.max(largest, v128.load32_splat(x));
    x += 4;
  }
  largest = f32x4.max(largest, v128.shuffle<i32>(largest, largest, 2, 3, 0, 1));
  largest = f32x4.max(largest, v128.shuffle<i32>(largest, largest, 1, 0, 3, 2));
  return f32x4.extract_lane(largest, 0);
}

/** Σ e^(x − shift), where no x is above the shift. */
export function sumOfExponentials(x: usize, count: i32, shift: f32): f32 {
  const shifts = f32x4.splat(shift);
  let sums = f32x4.splat(0);
  let more = sums;
  let at = 0;
  for (; at + 8 <= count; at += 8) {
    sums = f32x4.add(sums, exponentialOrZero(f32x4.sub(v128.load(x), shifts)));
    more = f32x4.add(more, exponentialOrZero(f32x4.sub(v128.load(x, 16), shifts)));
    x += 32;
  }
  let sum = sumOfLanes(f32x4.add(sums, more));
  for (; at < count; at++) {
    sum += f32x4.extract_lane(exponentialOrZero(f32x4.sub(v128.load32_splat(x), shifts)), 0);
    x += 4;
  }
  return sum;
}
