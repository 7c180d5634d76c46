import { exponentialOrZero } from '../math/exponential-or-zero';
import { largestOf, sumOfExponentials } from './exponentials-of-row';
import { logarithm } from '../math/logarithm';

/** As much of a row as stays in the level-1 cache between the search for its maximum and the exponentials. */
const PIECE = 2048;

/** The loss of each row of logits [rows, classes]; as the host writes it. */
@unmanaged
export class CrossEntropyJob {
  logits: usize;
  /** int32 [rows] */
  targets: usize;
  /** [rows] */
  losses: usize;
  /** [rows, 2]: the largest logit and ln Σ e^(logit − largest). Their sum would lose the digits of the second where logits are large. */
  normalizers: usize;
  classes: i32;
  /** Rows of this target have the loss 0; those of one outside the classes NaN. */
  ignored: i32;
  /** The fraction of the target that is spread over all classes. */
  smoothing: f32;
}

/** Items are rows; each is read once. */
export function crossEntropy(job: CrossEntropyJob, from: i32, to: i32, _scratch: usize): void {
  const classes = job.classes;
  for (let row = from; row < to; row++) {
    const at = <usize>row << 2;
    const normalizer = job.normalizers + ((<usize>row) << 3);
    const target = load<i32>(job.targets + at);
    if (target == job.ignored) {
      store<f32>(job.losses + at, 0);
      store<f32>(normalizer, 0);
      store<f32>(normalizer, 0, 4);
      continue;
    }
    const logits = job.logits + <usize>row * (<usize>classes << 2);
    let largest: f32 = -Infinity;
    let exponentials: f32 = 0; // Σ e^(logit − largest)
    let plain: f64 = 0; // Σ logit
    for (let first = 0; first < classes; first += PIECE) {
      const piece = logits + (<usize>first << 2);
      const count = min(PIECE, classes - first);
      const highest = largestOf(piece, count);
      if (!(highest <= largest)) {
        exponentials *= oneExponential(largest - highest);
        largest = highest;
      }
      // A row that begins with −∞ waits for its first number: −∞ − −∞ is NaN.
      if (largest != -Infinity || first + count == classes) exponentials += sumOfExponentials(piece, count, largest);
      if (job.smoothing != 0) plain += sumOf(piece, count);
    }
    const logarithmOfSum = logarithmOf(exponentials);
    let loss: f32 = NaN;
    if (<u32>target < <u32>classes) {
      loss = logarithmOfSum - (load<f32>(logits + (<usize>target << 2)) - largest);
      if (job.smoothing != 0) {
        const mean = <f32>(plain / <f64>classes - <f64>largest);
        loss = (1 - job.smoothing) * loss + job.smoothing * (logarithmOfSum - mean);
      }
    }
    store<f32>(job.losses + at, loss);
    store<f32>(normalizer, largest);
    store<f32>(normalizer, logarithmOfSum, 4);
  }
}

/** ln x; NaN and ∞ stay what they are, which `logarithm` does not promise. */
function logarithmOf(x: f32): f32 {
  return x < Infinity ? f32x4.extract_lane(logarithm(f32x4.splat(x)), 0) : x;
}

/** e^x, 0 for −∞, and 1 for −∞ − −∞: nothing was summed yet. */
function oneExponential(x: f32): f32 {
  return x == x ? f32x4.extract_lane(exponentialOrZero(f32x4.splat(x)), 0) : 1;
}

function sumOf(x: usize, count: i32): f64 {
  let sums = f64x2.splat(0);
  let at = 0;
  for (; at + 2 <= count; at += 2) {
    sums = f64x2.add(sums, f64x2.promote_low_f32x4(v128.load64_zero(x)));
    x += 8;
  }
  const sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  return at < count ? sum + load<f32>(x) : sum;
}

/** The sum of the losses, or their mean over the rows that count; as the host writes it. */
@unmanaged
export class CrossEntropyTotalJob {
  losses: usize;
  targets: usize;
  /** One number each: the result, and how many rows count: NaN where a target is outside the classes. */
  total: usize;
  counted: usize;
  rows: i32;
  classes: i32;
  ignored: i32;
  isMean: i32;
}

/** One item. */
export function crossEntropyTotal(job: CrossEntropyTotalJob, from: i32, to: i32, _scratch: usize): void {
  if (from == to) return;
  let total: f64 = 0;
  let counted: f64 = 0;
  for (let row = 0; row < job.rows; row++) {
    const at = <usize>row << 2;
    const target = load<i32>(job.targets + at);
    if (target == job.ignored) continue;
    total += load<f32>(job.losses + at);
    counted += <u32>target < <u32>job.classes ? 1 : NaN;
  }
  store<f32>(job.total, <f32>(job.isMean ? total / counted : total));
  store<f32>(job.counted, <f32>counted);
}

/** dlogits [rows, classes] = the row's part of the cotangent times (softmax − target); as the host writes it. */
@unmanaged
export class CrossEntropyGradientJob {
  logits: usize;
  targets: usize;
  /** [rows, 2], as CrossEntropyJob wrote them. */
  normalizers: usize;
  /** The cotangents of the rows, `dyStep` bytes apart: 0 where all have the same. */
  dy: usize;
  dyStep: i32;
  /** What the cotangents are divided by, one number; 0 for nothing. */
  counted: usize;
  dlogits: usize;
  classes: i32;
  ignored: i32;
  smoothing: f32;
}

/** Items are rows. */
export function crossEntropyGradient(job: CrossEntropyGradientJob, from: i32, to: i32, _scratch: usize): void {
  const bytes = <usize>job.classes << 2;
  const vectorBytes = bytes & ~15;
  for (let row = from; row < to; row++) {
    const target = load<i32>(job.targets + (<usize>row << 2));
    const out = job.dlogits + <usize>row * bytes;
    if (target == job.ignored) {
      memory.fill(out, 0, bytes);
      continue;
    }
    let rowCotangent = load<f32>(job.dy + <usize>row * job.dyStep);
    if (job.counted) rowCotangent /= load<f32>(job.counted);
    if (<u32>target >= <u32>job.classes) rowCotangent = NaN;
    const logits = job.logits + <usize>row * bytes;
    const rowCotangents = f32x4.splat(rowCotangent);
    const spread = f32x4.splat((rowCotangent * job.smoothing) / <f32>job.classes);
    const normalizer = job.normalizers + ((<usize>row) << 3);
    const largest = f32x4.splat(load<f32>(normalizer));
    const logarithmOfSum = f32x4.splat(load<f32>(normalizer, 4));
    let at: usize = 0;
    for (; at < vectorBytes; at += 16) {
      const softmax = exponentialOrZero(f32x4.sub(f32x4.sub(v128.load(logits + at), largest), logarithmOfSum));
      v128.store(out + at, f32x4.sub(f32x4.mul(softmax, rowCotangents), spread));
    }
    for (; at < bytes; at += 4) {
      const softmax = exponentialOrZero(f32x4.sub(f32x4.sub(v128.load32_splat(logits + at), largest), logarithmOfSum));
      store<f32>(out + at, f32x4.extract_lane(f32x4.sub(f32x4.mul(softmax, rowCotangents), spread), 0));
    }
    if (<u32>target >= <u32>job.classes) continue;
    const cell = out + (<usize>target << 2);
    store<f32>(cell, load<f32>(cell) - rowCotangent * (1 - job.smoothing));
  }
}
