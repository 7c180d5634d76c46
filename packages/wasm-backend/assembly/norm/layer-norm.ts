import { sumOfLanes } from '../math/lanes';
import { multiplyAdd } from '../math/multiply-add';

/** y [rows, width] = the rows of x brought to mean 0 and variance 1, times weight, plus bias; as the host writes it. */
@unmanaged
export class LayerNormJob {
  x: usize;
  /** [width], or 0 where there is none; the bias too. */
  weight: usize;
  bias: usize;
  y: usize;
  /** [rows, 3]: the mean, what it missed by rounding, and the inverse of the deviation. */
  statistics: usize;
  width: i32;
  epsilon: f32;
}

/** The smallest normal number. */
const smallest: f32 = 1.1754944e-38;

/** Items are rows. */
export function layerNorm(job: LayerNormJob, from: i32, to: i32, _scratch: usize): void {
  const width = job.width;
  const bytes = <usize>width << 2;
  for (let row = from; row < to; row++) {
    const x = job.x + <usize>row * bytes;
    const mean = sumOfDifferences(x, width, 0, 0) / <f32>width;
    const missed = sumOfDifferences(x, width, mean, 0) / <f32>width;
    // Not E[x²] − E[x]², which loses everything where the mean is far larger than the deviation.
    const squared = sumOfSquares(x, width, mean, missed) / <f32>width + job.epsilon;
    // As inverseRoot of core-tensor: with epsilon 0 a row of variance 0 has no deviation to be divided by. NaN stays so.
    const inverse: f32 = squared <= smallest ? 0 : <f32>1 / sqrt<f32>(squared);
    const statistics = job.statistics + <usize>row * 12;
    store<f32>(statistics, mean);
    store<f32>(statistics, missed, 4);
    store<f32>(statistics, inverse, 8);
    writeRow(job, x, job.y + <usize>row * bytes, mean, missed, inverse);
  }
}

/** Σ (x − mean − missed) */
function sumOfDifferences(x: usize, width: i32, mean: f32, missed: f32): f32 {
  const means = f32x4.splat(mean);
  const rests = f32x4.splat(missed);
  let sums = f32x4.splat(0);
  let more = sums;
  let at = 0;
  for (; at + 8 <= width; at += 8) {
    sums = f32x4.add(sums, f32x4.sub(f32x4.sub(v128.load(x), means), rests));
    more = f32x4.add(more, f32x4.sub(f32x4.sub(v128.load(x, 16), means), rests));
    x += 32;
  }
  let sum = sumOfLanes(f32x4.add(sums, more));
  for (; at < width; at++) {
    sum += load<f32>(x) - mean - missed;
    x += 4;
  }
  return sum;
}

/** Σ (x − mean − missed)² */
function sumOfSquares(x: usize, width: i32, mean: f32, missed: f32): f32 {
  const means = f32x4.splat(mean);
  const rests = f32x4.splat(missed);
  let sums = f32x4.splat(0);
  let more = sums;
  let at = 0;
  for (; at + 8 <= width; at += 8) {
    const one = f32x4.sub(f32x4.sub(v128.load(x), means), rests);
    const other = f32x4.sub(f32x4.sub(v128.load(x, 16), means), rests);
    sums = multiplyAdd(one, one, sums);
    more = multiplyAdd(other, other, more);
    x += 32;
  }
  let sum = sumOfLanes(f32x4.add(sums, more));
  for (; at < width; at++) {
    const difference = load<f32>(x) - mean - missed;
    sum += difference * difference;
    x += 4;
  }
  return sum;
}

function writeRow(job: LayerNormJob, x: usize, y: usize, mean: f32, missed: f32, inverse: f32): void {
  const width = job.width;
  const means = f32x4.splat(mean);
  const rests = f32x4.splat(missed);
  const inverses = f32x4.splat(inverse);
  let weight = job.weight;
  let bias = job.bias;
  let at = 0;
  for (; at + 4 <= width; at += 4) {
    let value = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x), means), rests), inverses);
    if (weight) {
      value = f32x4.mul(value, v128.load(weight));
      weight += 16;
    }
    if (bias) {
      value = f32x4.add(value, v128.load(bias));
      bias += 16;
    }
    v128.store(y, value);
    x += 16;
    y += 16;
  }
  for (; at < width; at++) {
    let value = (load<f32>(x) - mean - missed) * inverse;
    if (weight) {
      value *= load<f32>(weight);
      weight += 4;
    }
    if (bias) {
      value += load<f32>(bias);
      bias += 4;
    }
    store<f32>(y, value);
    x += 4;
    y += 4;
  }
}

/** The gradients of x and, in parts, of weight and bias; as the host writes it. */
@unmanaged
export class LayerNormGradientJob {
  x: usize;
  /** [width], or 0 where there is none. */
  weight: usize;
  /** [rows, 3], of the forward pass. */
  statistics: usize;
  dy: usize;
  dx: usize;
  /** [items, 2, width]: of each item Σ dy · normal and Σ dy over its rows, whose sums over items are the gradients of weight and bias. */
  parts: usize;
  rows: i32;
  width: i32;
  rowsPerItem: i32;
}

/** Items are pieces of `rowsPerItem` rows. */
export function layerNormGradient(job: LayerNormGradientJob, from: i32, to: i32, _scratch: usize): void {
  const bytes = <usize>job.width << 2;
  for (let item = from; item < to; item++) {
    const parts = job.parts + <usize>item * (bytes << 1);
    memory.fill(parts, 0, bytes << 1);
    const end = min((item + 1) * job.rowsPerItem, job.rows);
    for (let row = item * job.rowsPerItem; row < end; row++) gradientOfRow(job, row, parts);
  }
}

/** normal = (x − mean) · inverse; dx = inverse · (s − mean(s) − normal · mean(s · normal)) with s = dy · weight. */
function gradientOfRow(job: LayerNormGradientJob, row: i32, parts: usize): void {
  const width = job.width;
  const bytes = <usize>width << 2;
  const x = job.x + <usize>row * bytes;
  const dy = job.dy + <usize>row * bytes;
  const dx = job.dx + <usize>row * bytes;
  const weight = job.weight;
  const ofBias = parts + bytes;
  const statistics = job.statistics + <usize>row * 12;
  const mean = load<f32>(statistics);
  const missed = load<f32>(statistics, 4);
  const inverse = load<f32>(statistics, 8);
  const means = f32x4.splat(mean);
  const rests = f32x4.splat(missed);
  const inverses = f32x4.splat(inverse);
  const vectorBytes = bytes & ~15;

  let sums = f32x4.splat(0);
  let sumsAlong = sums;
  let at: usize = 0;
  for (; at < vectorBytes; at += 16) {
    const cotangent = v128.load(dy + at);
    const normal = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x + at), means), rests), inverses);
    const scaled = weight ? f32x4.mul(cotangent, v128.load(weight + at)) : cotangent;
    sums = f32x4.add(sums, scaled);
    sumsAlong = multiplyAdd(scaled, normal, sumsAlong);
    v128.store(parts + at, multiplyAdd(cotangent, normal, v128.load(parts + at)));
    v128.store(ofBias + at, f32x4.add(cotangent, v128.load(ofBias + at)));
  }
  let sum = sumOfLanes(sums);
  let along = sumOfLanes(sumsAlong);
  for (; at < bytes; at += 4) {
    const cotangent = load<f32>(dy + at);
    const normal = (load<f32>(x + at) - mean - missed) * inverse;
    const scaled = weight ? cotangent * load<f32>(weight + at) : cotangent;
    sum += scaled;
    along += scaled * normal;
    store<f32>(parts + at, load<f32>(parts + at) + cotangent * normal);
    store<f32>(ofBias + at, load<f32>(ofBias + at) + cotangent);
  }
  sum /= <f32>width;
  along /= <f32>width;

  const sumEverywhere = f32x4.splat(sum);
  const alongEverywhere = f32x4.splat(along);
  for (at = 0; at < vectorBytes; at += 16) {
    const cotangent = v128.load(dy + at);
    const normal = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x + at), means), rests), inverses);
    const scaled = weight ? f32x4.mul(cotangent, v128.load(weight + at)) : cotangent;
    const rest = f32x4.sub(f32x4.sub(scaled, sumEverywhere), f32x4.mul(normal, alongEverywhere));
    v128.store(dx + at, f32x4.mul(rest, inverses));
  }
  for (; at < bytes; at += 4) {
    const cotangent = load<f32>(dy + at);
    const normal = (load<f32>(x + at) - mean - missed) * inverse;
    const scaled = weight ? cotangent * load<f32>(weight + at) : cotangent;
    store<f32>(dx + at, (scaled - sum - normal * along) * inverse);
  }
}
