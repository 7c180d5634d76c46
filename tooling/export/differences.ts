/** How far numbers are from others. */
export interface Differences {
  readonly count: number;
  /** Numbers whose bits are equal. */
  readonly equal: number;
  /**
   * The largest difference, in float32's steps at the size of the number; at a hundredth of the largest number of its tensor where it is
   * smaller: what a sum that cancels leaves is as far off as its terms are.
   */
  readonly mostUlps: number;
  /** The largest difference beside the largest number of all. */
  readonly relative: number;
}

/** The distance from one float32 to the next at that size. */
const ulpOf = (size: number): number => 2 ** Math.max(Math.floor(Math.log2(size)) - 23, -149);

const largestOf = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** @throws RangeError where two tensors are not of one size */
export function differencesOf(ones: readonly Float32Array[], others: readonly Float32Array[]): Differences {
  let [count, equal, mostUlps, largest, difference] = [0, 0, 0, 0, 0];
  for (const [nth, one] of ones.entries()) {
    const other = others[nth] as Float32Array;
    if (one.length !== other.length) throw new RangeError(`${one.length} numbers must be compared with as many, not with ${other.length}`);
    const least = largestOf(one) / 100;
    largest = Math.max(largest, 100 * least);
    count += one.length;
    for (const [at, value] of one.entries()) {
      const apart = Math.abs(value - (other[at] as number));
      if (apart === 0) {
        equal++;
        continue;
      }
      const size = Math.max(Math.abs(value), least, 2 ** -126);
      mostUlps = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(mostUlps, apart / ulpOf(size));
      difference = Math.max(difference, apart);
    }
  }
  return { count, equal, mostUlps, relative: largest === 0 ? difference : difference / largest };
}
