/** Whole numbers, sorted and without repeats, that can be counted within a range. */
export interface PositionSet {
  readonly sorted: readonly number[];
  has(position: number): boolean;
  /** How many lie in [start, end). */
  count(start: number, end: number): number;
  /** Those that lie in [start, end). */
  within(start: number, end: number): readonly number[];
}

export function positionSet(positions: readonly number[]): PositionSet {
  const sorted = [...new Set(positions)].sort((a, b) => a - b);
  const members = new Set(sorted);
  const { 0: first = Number.POSITIVE_INFINITY, length } = sorted;
  const last = sorted[length - 1] ?? Number.NEGATIVE_INFINITY;
  return {
    sorted,
    has: (position) => members.has(position),
    count: (start, end) => (end <= first || start > last || start >= end ? 0 : firstAtLeast(sorted, end) - firstAtLeast(sorted, start)),
    within: (start, end) => sorted.slice(firstAtLeast(sorted, start), firstAtLeast(sorted, end)),
  };
}

/** The index of the first of the ascending numbers that is at least `value`, searching [from, to). */
export function firstAtLeast(ascending: ArrayLike<number>, value: number, from = 0, to: number = ascending.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
