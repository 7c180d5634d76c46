import { sumOfLanes } from '../math/lanes';
import { multiplyAdd } from '../math/multiply-add';

/** y [rows, width] = the rows of x over their root mean square, times weight; as the host writes it. */
@unmanaged
export class RmsNormJob {
  x: usize;
  /** [width], or 0 where there is none. */
  weight: usize;
  y: usize;
  /** [rows]: the inverse of the root. */
  inverses: usize;
  width: i32;
  epsilon: f32;
}

/** The smallest normal number. */
const smallest: f32 = 1.1754944e-38;

/** Items are rows. */
export function rmsNorm(job: RmsNormJob, from: i32, to: i32, _scratch: usize): void {
  const width = job.width;
  const bytes = <usize>width << 2;
  const vectorBytes = bytes & ~15;
  const weight = job.weight;
  for (let row = from; row < to; row++) {
    const x = job.x + <usize>row * bytes;
    const y = job.y + <usize>row * bytes;
    const squared = sumOfSquares(x, width) / <f32>width + job.epsilon;
    // As inverseRoot of core-tensor: with epsilon 0 a row of zeros has no size to be divided by. NaN stays so.
    const inverse: f32 = squared <= smallest ? 0 : <f32>1 / sqrt<f32>(squared);
    store<f32>(job.inverses + (<usize>row << 2), inverse);
    const inverses = f32x4.splat(inverse);
    let at: usize = 0;
    for (; at < vectorBytes; at += 16) {
      const normal = f32x4.mul(v128.load(x + at), inverses);
      v128.store(y + at, weight ? f32x4.mul(normal, v128.load(weight + at)) : normal);
    }
    for (; at < bytes; at += 4) {
      const normal = load<f32>(x + at) * inverse;
      store<f32>(y + at, weight ? normal * load<f32>(weight + at) : normal);
    }
  }
}

/** Σ x² */
function sumOfSquares(x: usize, width: i32): f32 {
  let sums = f32x4.splat(0);
  let more = sums;
  let at = 0;
  for (; at + 8 <= width; at += 8) {
    const one = v128.load(x);
    const other = v128.load(x, 16);
    sums = multiplyAdd(one, one, sums);
    more = multiplyAdd(other, other, more);
    x += 32;
  }
  let sum = sumOfLanes(f32x4.add(sums, more));
  for (; at < width; at++) {
    const number = load<f32>(x);
    sum += number * number;
    x += 4;
  }
  return sum;
}

/** The gradients of x and, in parts, of the weight; as the host writes it. */
@unmanaged
export class RmsNormGradientJob {
  x: usize;
  /** [width], or 0 where there is none. */
  weight: usize;
  /** [rows], of the forward pass. */
  inverses: usize;
  dy: usize;
  dx: usize;
  /** [items, width]: of each item Σ dy · normal over its rows, whose sum over items is the gradient of the weight. */
  parts: usize;
  rows: i32;
  width: i32;
  rowsPerItem: i32;
}

/** Items are pieces of `rowsPerItem` rows. */
export function rmsNormGradient(job: RmsNormGradientJob, from: i32, to: i32, _scratch: usize): void {
  const bytes = <usize>job.width << 2;
  for (let item = from; item < to; item++) {
    const parts = job.parts + <usize>item * bytes;
    memory.fill(parts, 0, bytes);
    const end = min((item + 1) * job.rowsPerItem, job.rows);
    for (let row = item * job.rowsPerItem; row < end; row++) gradientOfRow(job, row, parts);
  }
}

/** normal = x · inverse; dx = inverse · (s − normal · mean(s · normal)) with s = dy · weight. */
function gradientOfRow(job: RmsNormGradientJob, row: i32, parts: usize): void {
  const width = job.width;
  const bytes = <usize>width << 2;
  const vectorBytes = bytes & ~15;
  const x = job.x + <usize>row * bytes;
  const dy = job.dy + <usize>row * bytes;
  const dx = job.dx + <usize>row * bytes;
  const weight = job.weight;
  const inverse = load<f32>(job.inverses + (<usize>row << 2));
  const inverses = f32x4.splat(inverse);

  let sums = f32x4.splat(0);
  let at: usize = 0;
  for (; at < vectorBytes; at += 16) {
    const cotangent = v128.load(dy + at);
    const normal = f32x4.mul(v128.load(x + at), inverses);
    sums = multiplyAdd(weight ? f32x4.mul(cotangent, v128.load(weight + at)) : cotangent, normal, sums);
    v128.store(parts + at, multiplyAdd(cotangent, normal, v128.load(parts + at)));
  }
  let along = sumOfLanes(sums);
  for (; at < bytes; at += 4) {
    const cotangent = load<f32>(dy + at);
    const normal = load<f32>(x + at) * inverse;
    along += (weight ? cotangent * load<f32>(weight + at) : cotangent) * normal;
    store<f32>(parts + at, load<f32>(parts + at) + cotangent * normal);
  }
  along /= <f32>width;

  const alongEverywhere = f32x4.splat(along);
  for (at = 0; at < vectorBytes; at += 16) {
    const cotangent = v128.load(dy + at);
    const normal = f32x4.mul(v128.load(x + at), inverses);
    const scaled = weight ? f32x4.mul(cotangent, v128.load(weight + at)) : cotangent;
    v128.store(dx + at, f32x4.mul(f32x4.sub(scaled, f32x4.mul(normal, alongEverywhere)), inverses));
  }
  for (; at < bytes; at += 4) {
    const cotangent = load<f32>(dy + at);
    const normal = load<f32>(x + at) * inverse;
    const scaled = weight ? cotangent * load<f32>(weight + at) : cotangent;
    store<f32>(dx + at, (scaled - normal * along) * inverse);
  }
}
