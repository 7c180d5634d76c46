/** One step of gradient descent with momentum for a list of parameters, which are its items; as the host writes it. */
@unmanaged
export class SgdStepJob {
  learningRate: f32;
  momentum: f32;
  weightDecay: f32;
}

/** Behind the job lies one of these for each parameter. */
@unmanaged
class Stepped {
  parameter: usize;
  gradient: usize;
  momentum: usize;
  newParameter: usize;
  newMomentum: usize;
  count: i32;
}

export function sgdStep(job: SgdStepJob, from: i32, to: i32, _scratch: usize): void {
  const rate = f32x4.splat(job.learningRate);
  const keep = f32x4.splat(job.momentum);
  const decay = f32x4.splat(job.weightDecay);
  for (let item = from; item < to; item++) {
    const one = changetype<Stepped>(changetype<usize>(job) + offsetof<SgdStepJob>() + <usize>item * offsetof<Stepped>());
    const end = <usize>one.count << 2;
    const vectorEnd = end & ~15;
    let at: usize = 0;
    for (; at < vectorEnd; at += 16) {
      const parameter = v128.load(one.parameter + at);
      const slope = f32x4.add(v128.load(one.gradient + at), f32x4.mul(parameter, decay));
      const direction = f32x4.add(f32x4.mul(v128.load(one.momentum + at), keep), slope);
      v128.store(one.newParameter + at, f32x4.sub(parameter, f32x4.mul(direction, rate)));
      v128.store(one.newMomentum + at, direction);
    }
    for (; at < end; at += 4) {
      const parameter = load<f32>(one.parameter + at);
      const slope = load<f32>(one.gradient + at) + parameter * job.weightDecay;
      const direction = load<f32>(one.momentum + at) * job.momentum + slope;
      store<f32>(one.newParameter + at, parameter - direction * job.learningRate);
      store<f32>(one.newMomentum + at, direction);
    }
  }
}
