/** Pieces of operands; the host writes it, field by field, 4 bytes each. */
@unmanaged
export class Pieces {
  /** Address and count of numbers of each. */
  pieces: usize;
  /** One number for each. */
  results: usize;
}

/** The largest |x| of each piece; NaN where a number is. Items are pieces. Magnitudes are in the order of their bits, NaN after ∞. */
export function largestMagnitudes(job: Pieces, from: i32, to: i32, _scratch: usize): void {
  const magnitude = i32x4.splat(0x7fffffff);
  for (let item = from; item < to; item++) {
    let at = load<usize>(job.pieces + (<usize>item << 3));
    const count = load<i32>(job.pieces + (<usize>item << 3), 4);
    const end = at + (<usize>count << 2);
    let largest = i32x4.splat(0);
    let more = largest;
    for (; at + 32 <= end; at += 32) {
      largest = i32x4.max_s(largest, v128.and(v128.load(at), magnitude));
      more = i32x4.max_s(more, v128.and(v128.load(at, 16), magnitude));
    }
    for (; at < end; at += 4) largest = i32x4.max_s(largest, v128.and(v128.load32_splat(at), magnitude));
    largest = i32x4.max_s(largest, more);
    largest = i32x4.max_s(largest, v128.shuffle<i32>(largest, largest, 2, 3, 0, 1));
    largest = i32x4.max_s(largest, v128.shuffle<i32>(largest, largest, 1, 0, 3, 2));
    store<i32>(job.results + (<usize>item << 2), i32x4.extract_lane(largest, 0));
  }
}
