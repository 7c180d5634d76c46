import { sumOfLanes } from '../math/lanes';
import { Job } from './job';

/** D − dlse for each query, D = rowsum(dO · O); the log-sum-exp of a fully masked row has no cotangent. Items are queries. */
export function attentionOffsets(job: Job, from: i32, to: i32, _scratch: usize): void {
  const width = job.valueDim;
  for (let query = from; query < to; query++) {
    const at = <usize>query << 2;
    const out = job.out + at * width;
    const cotangent = job.outCotangent + at * width;
    let sums = f32x4.splat(0);
    let column = 0;
    for (; column + 4 <= width; column += 4) {
      const offset = <usize>column << 2;
      sums = f32x4.add(sums, f32x4.mul(v128.load(out + offset), v128.load(cotangent + offset)));
    }
    let sum = sumOfLanes(sums);
    for (; column < width; column++) sum += load<f32>(out + (<usize>column << 2)) * load<f32>(cotangent + (<usize>column << 2));
    const sawNothing = load<f32>(job.logSumExp + at) == -Infinity;
    store<f32>(job.offsetOfQueries + at, sawNothing ? sum : sum - load<f32>(job.logSumExpCotangent + at));
  }
}
