import { multiplyAdd } from '../math/multiply-add';

/** One step of AdamW for a list of parameters; as the host writes it. */
@unmanaged
export class AdamWStepJob {
  parameters: i32;
  /** An item of the job is that many numbers of one parameter, fewer at its end: a multiple of 4. */
  countPerItem: i32;
  /** The learning rate over 1 − beta1^step. */
  stepSize: f32;
  beta1: f32;
  beta2: f32;
  /** 1 − beta1, 1 − beta2: rounded from float64. */
  share1: f32;
  share2: f32;
  /** 1 / √(1 − beta2^step) */
  correction: f32;
  epsilon: f32;
  /** 1 − learning rate · weight decay */
  shrink: f32;
}

/** Behind the job lies one of these for each parameter, in the order of their items. */
@unmanaged
class Stepped {
  parameter: usize;
  gradient: usize;
  firstMoment: usize;
  secondMoment: usize;
  newParameter: usize;
  newFirstMoment: usize;
  newSecondMoment: usize;
  count: i32;
  /** The first item that is not of this parameter or of one before. */
  endItem: i32;
}

/** Scratch: 112 bytes. */
export function adamWStep(job: AdamWStepJob, from: i32, to: i32, scratch: usize): void {
  let firstItem = 0;
  let entry = changetype<usize>(job) + offsetof<AdamWStepJob>();
  for (let at = 0; at < job.parameters && firstItem < to; at++) {
    const one = changetype<Stepped>(entry);
    const start = max(from, firstItem) - firstItem;
    const end = min(to, one.endItem) - firstItem;
    if (start < end) stepNumbers(job, one, <usize>start * job.countPerItem, min(<usize>end * job.countPerItem, <usize>one.count), scratch);
    firstItem = one.endItem;
    entry += offsetof<Stepped>();
  }
}

/** Numbers [first, end) of one parameter; first is a multiple of 4. */
function stepNumbers(job: AdamWStepJob, one: Stepped, first: usize, endNumber: usize, scratch: usize): void {
  const end = endNumber << 2;
  const vectorEnd = end & ~15;
  let at = first << 2;
  for (; at < vectorEnd; at += 16) {
    stepFour(job, one.parameter + at, one.gradient + at, one.firstMoment + at, one.secondMoment + at, one.newParameter + at, one.newFirstMoment + at, one.newSecondMoment + at);
  }
  if (at == end) return;
  const rest = end - at;
  memory.copy(scratch, one.parameter + at, rest);
  memory.copy(scratch + 16, one.gradient + at, rest);
  memory.copy(scratch + 32, one.firstMoment + at, rest);
  memory.copy(scratch + 48, one.secondMoment + at, rest);
  stepFour(job, scratch, scratch + 16, scratch + 32, scratch + 48, scratch + 64, scratch + 80, scratch + 96);
  memory.copy(one.newParameter + at, scratch + 64, rest);
  memory.copy(one.newFirstMoment + at, scratch + 80, rest);
  memory.copy(one.newSecondMoment + at, scratch + 96, rest);
}

// @ts-ignore: decorator
@inline
function stepFour(job: AdamWStepJob, parameter: usize, gradient: usize, firstMoment: usize, secondMoment: usize, newParameter: usize, newFirstMoment: usize, newSecondMoment: usize): void {
  const slope = v128.load(gradient);
  const first = multiplyAdd(v128.load(firstMoment), f32x4.splat(job.beta1), f32x4.mul(slope, f32x4.splat(job.share1)));
  const second = multiplyAdd(v128.load(secondMoment), f32x4.splat(job.beta2), f32x4.mul(f32x4.mul(slope, slope), f32x4.splat(job.share2)));
  const deviation = multiplyAdd(f32x4.sqrt(second), f32x4.splat(job.correction), f32x4.splat(job.epsilon));
  const change = f32x4.mul(f32x4.div(first, deviation), f32x4.splat(job.stepSize));
  v128.store(newParameter, f32x4.sub(f32x4.mul(v128.load(parameter), f32x4.splat(job.shrink)), change));
  v128.store(newFirstMoment, first);
  v128.store(newSecondMoment, second);
}
