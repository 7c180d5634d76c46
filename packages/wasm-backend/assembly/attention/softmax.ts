import { exponentialOrZero } from '../math/exponential-or-zero';
import { largestOfRows, sumsOfRows } from '../math/lanes';
import { Group, lowestTop } from './group';
import { scoreStride } from './products';

/**
 * Turns a group's scores into weights exp(s − top), with the top and the sum of each query carried on from strip to strip; what was
 * added up before has to be multiplied by `factors`, after which there is room for 4 x 4 sums.
 * @source Milakov & Gimelshein 2018 (arXiv 1805.02867) algorithm 3
 */
export function weigh(group: Group, scores: usize, tops: usize, sums: usize, factors: usize): void {
  const start = scores + (<usize>group.from << 5);
  const end = scores + (<usize>group.to << 5);
  let a = f32x4.splat(lowestTop);
  let b = a;
  let c = a;
  let d = a;
  for (let at = start; at < end; at += 32) {
    a = f32x4.pmax(a, f32x4.pmax(v128.load(at), v128.load(at, 16)));
    b = f32x4.pmax(b, f32x4.pmax(v128.load(at, scoreStride), v128.load(at, scoreStride + 16)));
    c = f32x4.pmax(c, f32x4.pmax(v128.load(at, 2 * scoreStride), v128.load(at, 2 * scoreStride + 16)));
    d = f32x4.pmax(d, f32x4.pmax(v128.load(at, 3 * scoreStride), v128.load(at, 3 * scoreStride + 16)));
  }
  const laneSums = factors + 16;
  const before = v128.load(tops);
  const top = f32x4.pmax(before, largestOfRows(a, b, c, d));
  v128.store(tops, top);
  const factor = exponentialOrZero(f32x4.sub(before, top));
  v128.store(factors, factor);
  const bytes = end - start;
  weighPair(start, bytes, tops, laneSums);
  weighPair(start + 2 * scoreStride, bytes, tops + 8, laneSums + 32);
  const added = sumsOfRows(v128.load(laneSums), v128.load(laneSums, 16), v128.load(laneSums, 32), v128.load(laneSums, 48));
  v128.store(sums, f32x4.add(f32x4.mul(v128.load(sums), factor), added));
}

/** exp(s − shift) of a row and the next one, in place, exactly 0 for masked pairs and where float32 has next to nothing left; the sums of each, lane by lane, go to `laneSums`. */
export function weighPair(rows: usize, bytes: usize, shifts: usize, laneSums: usize): void {
  const shiftA = v128.load32_splat(shifts);
  const shiftB = v128.load32_splat(shifts, 4);
  let sumA = f32x4.splat(0);
  let sumB = sumA;
  const end = rows + bytes;
  do {
    const a = v128.load(rows);
    const b = v128.load(rows, scoreStride);
    const weightA = exponentialOrZero(f32x4.sub(a, shiftA));
    const weightB = exponentialOrZero(f32x4.sub(b, shiftB));
    v128.store(rows, weightA);
    v128.store(rows, weightB, scoreStride);
    sumA = f32x4.add(sumA, weightA);
    sumB = f32x4.add(sumB, weightB);
    rows += 16;
  } while (rows < end);
  v128.store(laneSums, sumA);
  v128.store(laneSums, sumB, 16);
}
