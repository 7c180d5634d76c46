import { MatMulJob } from './job';
import { storeTransposed } from './pack';
import { TILE_COLUMNS } from './tile';

// A b of float16 or int8 is widened while it is packed: of its float32 no more is there than one slab. T is u16 or i8.

// What b is stored as, in the order of src/kernels/stock/mat-mul/job.ts.
export const FLOAT32 = 0;
export const FLOAT16 = 1;
export const INT8 = 2;

/** As `pack` does it for float32: columns of that depth into panels of 8. One of the two steps of b is that of its numbers. */
export function packWidened<T>(job: MatMulJob, source: usize, scales: usize, columns: i32, depth: i32, panels: usize): void {
  const stepBytes: usize = TILE_COLUMNS << 2;
  for (let column = 0; column < columns; column += TILE_COLUMNS) {
    for (let first = 0; first < TILE_COLUMNS; first += 4) {
      const from = source + <usize>(column + first) * job.bColumnStep;
      const scale = scales + <usize>(column + first) * job.bScaleColumnStep;
      const to = panels + (<usize>first << 2);
      const present = columns - column - first;
      if (present < 4) widenEdge<T>(job, from, scale, present, depth, to, stepBytes);
      else if (job.bDepthStep == sizeof<T>()) widenTransposed<T>(job, from, scale, depth, to, stepBytes);
      else widenNeighbours<T>(job, from, scale, depth, to, stepBytes);
    }
    panels += <usize>depth * stepBytes;
  }
}

/** Four columns whose numbers lie side by side in memory. */
function widenNeighbours<T>(job: MatMulJob, source: usize, scale: usize, depth: i32, target: usize, stepBytes: usize): void {
  for (let at = 0; at < depth; at++) {
    let values = widenedFour<T>(source);
    if (sizeof<T>() == 1) values = f32x4.mul(values, v128.load32_splat(scale));
    v128.store(target, values);
    source += job.bDepthStep;
    scale += job.bScaleDepthStep;
    target += stepBytes;
  }
}

/** Four columns each of which lies in one piece: transposed four by four. */
function widenTransposed<T>(job: MatMulJob, source: usize, scale: usize, depth: i32, target: usize, stepBytes: usize): void {
  const column1 = job.bColumnStep;
  const column2 = 2 * column1;
  const column3 = 3 * column1;
  const scaleStep = job.bScaleColumnStep;
  let at = 0;
  let from = source;
  for (; at + 4 <= depth; at += 4) {
    let a = widenedFour<T>(from);
    let b = widenedFour<T>(from + column1);
    let c = widenedFour<T>(from + column2);
    let d = widenedFour<T>(from + column3);
    if (sizeof<T>() == 1) {
      a = f32x4.mul(a, v128.load32_splat(scale));
      b = f32x4.mul(b, v128.load32_splat(scale + scaleStep));
      c = f32x4.mul(c, v128.load32_splat(scale + 2 * scaleStep));
      d = f32x4.mul(d, v128.load32_splat(scale + 3 * scaleStep));
    }
    storeTransposed(a, b, c, d, target, stepBytes);
    from += 4 * sizeof<T>();
    target += 4 * stepBytes;
  }
  widenEdge<T>(job, from, scale, 4, depth - at, target, stepBytes);
}

/** Any steps, and `present` columns of four (none where it is not above 0). */
function widenEdge<T>(job: MatMulJob, source: usize, scale: usize, present: i32, depth: i32, target: usize, stepBytes: usize): void {
  for (let at = 0; at < depth; at++) {
    for (let column = 0; column < 4; column++) {
      let value: f32 = 0;
      if (column < present) {
        value = widened<T>(source + <usize>column * job.bColumnStep);
        if (sizeof<T>() == 1) value *= load<f32>(scale + <usize>column * job.bScaleColumnStep);
      }
      store<f32>(target + (<usize>column << 2), value);
    }
    source += job.bDepthStep;
    scale += job.bScaleDepthStep;
    target += stepBytes;
  }
}

// @ts-ignore: decorator
@inline
export function widenedFour<T>(source: usize): v128 {
  if (sizeof<T>() == 2) return floatsOfHalves(v128.load16x4_u(source));
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(source))));
}

// @ts-ignore: decorator
@inline
export function widened<T>(source: usize): f32 {
  if (sizeof<T>() == 2) return f32x4.extract_lane(floatsOfHalves(i32x4.splat(load<u16>(source))), 0);
  return <f32>load<i8>(source);
}

/**
 * float16 in the lower halves of four i32 as float32, exact: subnormals, infinities and NaN too. Subnormals become the fraction of a normal
 * number, from which its leading 1 is subtracted: a product with subnormals of float32 in it would take a hundred cycles.
 */
// @ts-ignore: decorator
@inline
function floatsOfHalves(halves: v128): v128 {
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16);
  const rest = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13);
  const exponent = v128.and(rest, i32x4.splat(0x0f800000));
  const bias = i32x4.splat(112 << 23); // the exponents' biases are 15 and 127
  const isEnd = i32x4.eq(exponent, i32x4.splat(0x0f800000)); // infinity and NaN: 31 becomes 255
  const normal = i32x4.add(i32x4.add(rest, bias), v128.and(isEnd, bias));
  const leading = i32x4.splat(113 << 23); // 2^-14
  const small = f32x4.sub(i32x4.add(rest, leading), leading);
  return v128.or(v128.bitselect(small, normal, i32x4.eq(exponent, i32x4.splat(0))), sign);
}
