import { Group } from './group';
import { Job } from './job';
import { scoreStride } from './products';

const prime: f32 = 2039;

/**
 * x mod 2039 of whole 0 ≤ x < 2^22. The half keeps quotients 1/4078 away from integers, more than a product with the inverse
 * is wrong by, so no division is needed (all x were tried).
 */
// @ts-ignore: decorator
@inline
function remainder(x: v128): v128 {
  const quotient = f32x4.floor(f32x4.mul(f32x4.add(x, f32x4.splat(0.5)), f32x4.splat(1 / prime)));
  return f32x4.sub(x, f32x4.mul(quotient, f32x4.splat(prime)));
}

/**
 * Drops pairs: sets `weights` of dropped pairs to 0. Where `cotangents` is not 0, those become their product with the gain, or 0.
 * The rule is core-tensor's pair-dropout.ts: x = factor · factor + shift + shift, y = x³ + lateShift + lateShift, mod 2039; dropped
 * where y < threshold.
 */
export function drop(job: Job, group: Group, weights: usize, cotangents: usize): void {
  const queries = <usize>(job.batch * job.heads * job.queryLength) << 2;
  const keys = <usize>(job.keyLength + 8) << 2;
  const threshold = f32x4.splat(job.dropoutThreshold);
  const gain = f32x4.splat(job.dropoutGain);
  for (let row = 0; row < group.rows; row++) {
    const query = job.dropoutQueries + (<usize>(group.sequence * job.queryLength + group.firstQuery + row) << 2);
    const factor = v128.load32_splat(query);
    const shift = v128.load32_splat(query + queries);
    const lateShift = v128.load32_splat(query + 2 * queries);
    for (let column = group.from << 3; column < min(group.to << 3, group.keys); column += 4) {
      const offset = <usize>row * scoreStride + (<usize>column << 2);
      const key = job.dropoutKeys + (<usize>(group.firstKey + column) << 2);
      const x = remainder(f32x4.add(f32x4.add(f32x4.mul(factor, v128.load(key)), shift), v128.load(key + keys)));
      const cube = remainder(f32x4.mul(remainder(f32x4.mul(x, x)), x));
      const y = remainder(f32x4.add(f32x4.add(cube, lateShift), v128.load(key + 2 * keys)));
      const kept = f32x4.ge(y, threshold);
      v128.store(weights + offset, v128.and(v128.load(weights + offset), kept));
      if (cotangents) {
        const at = cotangents + offset;
        v128.store(at, v128.and(f32x4.mul(v128.load(at), gain), kept));
      }
    }
  }
}
