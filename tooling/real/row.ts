/** One line of the table. */
export interface Row {
  readonly model: string;
  readonly check: string;
  /** The backend and the kernels. */
  readonly place: string;
  /** What was found, with its unit. */
  readonly found: string;
  /** What it must be. */
  readonly must: string;
  readonly passed: boolean;
}

/** A row whose figure is an error that must not be above a bound. */
export const errorRow = (row: Pick<Row, 'model' | 'check' | 'place'>, error: number, bound: number): Row => ({
  ...row,
  found: error.toExponential(1),
  must: `≤ ${bound.toExponential(0)}`,
  passed: error <= bound, // NaN is not
});

/** The largest difference between two lists of numbers; infinite where they are of different lengths. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let at = 0; at < a.length; at++) {
    const difference = Math.abs((a[at] as number) - (b[at] as number));
    if (!(difference <= most)) most = difference;
  }
  return most;
}
