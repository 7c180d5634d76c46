import { sumOfSquares } from './sum-of-squares';

/** The direction of a matrix's step, before it is made orthogonal; as the host writes it. */
@unmanaged
export class MuonDirectionJob {
  gradient: usize;
  momentum: usize;
  newMomentum: usize;
  /** Its norm is 1, but for `leastNorm`. */
  direction: usize;
  count: i32;
  /** How much of the momentum stays. */
  keep: f32;
  leastNorm: f32;
}

/** One item. */
export function muonDirection(job: MuonDirectionJob, _from: i32, _to: i32, _scratch: usize): void {
  const end = <usize>job.count << 2;
  const vectorEnd = end & ~15;
  const keep = f32x4.splat(job.keep);
  let at: usize = 0;
  for (; at < vectorEnd; at += 16) {
    const gradient = v128.load(job.gradient + at);
    const running = f32x4.add(f32x4.mul(v128.load(job.momentum + at), keep), gradient);
    v128.store(job.newMomentum + at, running);
    v128.store(job.direction + at, f32x4.add(gradient, f32x4.mul(running, keep)));
  }
  for (; at < end; at += 4) {
    const gradient = load<f32>(job.gradient + at);
    const running = load<f32>(job.momentum + at) * job.keep + gradient;
    store<f32>(job.newMomentum + at, running);
    store<f32>(job.direction + at, gradient + running * job.keep);
  }
  const norm = <f32>Math.sqrt(sumOfSquares(job.direction, job.count)) + job.leastNorm;
  const norms = f32x4.splat(norm);
  for (at = 0; at < vectorEnd; at += 16) v128.store(job.direction + at, f32x4.div(v128.load(job.direction + at), norms));
  for (; at < end; at += 4) store<f32>(job.direction + at, load<f32>(job.direction + at) / norm);
}

/** out = x · ofX + y · ofY, and so much more on the diagonal of rows of that width, if it is not 0; as the host writes it. */
@unmanaged
export class MuonSumJob {
  x: usize;
  y: usize;
  out: usize;
  count: i32;
  ofX: f32;
  ofY: f32;
  diagonal: f32;
  width: i32;
}

/** One item. */
export function muonSum(job: MuonSumJob, _from: i32, _to: i32, _scratch: usize): void {
  const end = <usize>job.count << 2;
  const vectorEnd = end & ~15;
  const ofX = f32x4.splat(job.ofX);
  const ofY = f32x4.splat(job.ofY);
  let at: usize = 0;
  for (; at < vectorEnd; at += 16) {
    v128.store(job.out + at, f32x4.add(f32x4.mul(v128.load(job.x + at), ofX), f32x4.mul(v128.load(job.y + at), ofY)));
  }
  for (; at < end; at += 4) store<f32>(job.out + at, load<f32>(job.x + at) * job.ofX + load<f32>(job.y + at) * job.ofY);
  if (job.diagonal == 0) return;
  const step = <usize>(job.width + 1) << 2;
  for (at = 0; at < end; at += step) store<f32>(job.out + at, load<f32>(job.out + at) + job.diagonal);
}
