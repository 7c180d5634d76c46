import { sumsOfRows } from '../math/lanes';
import { multiplyAdd } from '../math/multiply-add';
import { MatMulJob } from './job';
import { widened, widenedFour } from './widen';

// A row or two do not repay the packing of b, which takes as long as the product of four. Where the numbers of a column lie side by side,
// as in a linear map, each is widened once for each row and goes into a dot product at once.

/** out [rows, columns] = a · b, of a b whose columns lie along the depth. T as in widen.ts. */
export function multiplyFewRows<T>(job: MatMulJob, a: usize, b: usize, scales: usize, rows: i32, columns: i32, out: usize, outRowStep: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column += 4) {
      const from = b + <usize>column * job.bColumnStep;
      const scale = scales + <usize>column * job.bScaleColumnStep;
      dotFour<T>(job, a, from, scale, min(4, columns - column), out + (<usize>column << 2));
    }
    a += job.aRowStep;
    out += outRowStep;
  }
}

/** One row by `present` columns of four. */
function dotFour<T>(job: MatMulJob, a: usize, b: usize, scale: usize, present: i32, out: usize): void {
  // Columns that do not exist are the first one again.
  const b1 = present > 1 ? b + job.bColumnStep : b;
  const b2 = present > 2 ? b + 2 * job.bColumnStep : b;
  const b3 = present > 3 ? b + 3 * job.bColumnStep : b;
  // Each number is scaled before the product, as the packing does it: sums of whole numbers times a large x would leave float32.
  const scale0 = scaleOf<T>(job, scale, 0);
  const scale1 = scaleOf<T>(job, scale, present > 1 ? 1 : 0);
  const scale2 = scaleOf<T>(job, scale, present > 2 ? 2 : 0);
  const scale3 = scaleOf<T>(job, scale, present > 3 ? 3 : 0);
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let sum2 = f32x4.splat(0);
  let sum3 = f32x4.splat(0);
  let at: usize = 0;
  const end = <usize>job.depth & ~3;
  for (; at < end; at += 4) {
    const x = v128.load(a + (at << 2));
    const numbers = at * sizeof<T>();
    sum0 = multiplyAdd(x, scaledFour<T>(b + numbers, scale0), sum0);
    sum1 = multiplyAdd(x, scaledFour<T>(b1 + numbers, scale1), sum1);
    sum2 = multiplyAdd(x, scaledFour<T>(b2 + numbers, scale2), sum2);
    sum3 = multiplyAdd(x, scaledFour<T>(b3 + numbers, scale3), sum3);
  }
  let sums = sumsOfRows(sum0, sum1, sum2, sum3);
  for (; at < <usize>job.depth; at++) {
    const numbers = at * sizeof<T>();
    let four = f32x4.splat(widened<T>(b + numbers) * f32x4.extract_lane(scale0, 0));
    four = f32x4.replace_lane(four, 1, widened<T>(b1 + numbers) * f32x4.extract_lane(scale1, 0));
    four = f32x4.replace_lane(four, 2, widened<T>(b2 + numbers) * f32x4.extract_lane(scale2, 0));
    four = f32x4.replace_lane(four, 3, widened<T>(b3 + numbers) * f32x4.extract_lane(scale3, 0));
    sums = multiplyAdd(v128.load32_splat(a + (at << 2)), four, sums);
  }
  for (let column = 0; column < present; column++) {
    store<f32>(out + (<usize>column << 2), f32x4.extract_lane(sums, 0));
    sums = v128.shuffle<i32>(sums, sums, 1, 2, 3, 0);
  }
}

/** The scale of a column four times; 1 where numbers have none. */
// @ts-ignore: decorator
@inline
function scaleOf<T>(job: MatMulJob, scale: usize, column: usize): v128 {
  if (sizeof<T>() == 2) return f32x4.splat(1);
  return v128.load32_splat(scale + column * job.bScaleColumnStep);
}

// @ts-ignore: decorator
@inline
function scaledFour<T>(source: usize, scale: v128): v128 {
  if (sizeof<T>() == 2) return widenedFour<T>(source);
  return f32x4.mul(widenedFour<T>(source), scale);
}
