/** How a series of bytes must go on to count as flat. */
export interface Allowance {
  /** Growth over the judged part, as a share of its median … */
  readonly share: number;
  /** … and in bytes besides. */
  readonly bytes: number;
}

export type Flatness =
  | { readonly kind: 'flat' | 'growing'; readonly growth: number; readonly allowed: number }
  | { readonly kind: 'too short' };

/** The second half of the run is judged: in the first, engines compile and heaps grow to what the largest calls need. */
const fewestSamples = 6;

/**
 * Judges whether a series of bytes, taken at regular intervals, has stopped growing: the median slope between any two samples of its
 * second half (Theil and Sen), times the samples, against what is allowed. A single jump does not move that slope, a leak does.
 * @returns the growth over the second half, in bytes; shrinking is flat
 */
export function flatness(series: readonly number[], { share, bytes }: Allowance): Flatness {
  const judged = series.slice(Math.ceil(series.length / 2));
  if (judged.length < fewestSamples) return { kind: 'too short' };
  const slopes = judged.flatMap((earlier, at) => judged.slice(at + 1).map((later, step) => (later - earlier) / (step + 1)));
  const growth = middle(slopes) * (judged.length - 1);
  const allowed = bytes + share * middle(judged);
  return { kind: growth > allowed ? 'growing' : 'flat', growth, allowed };
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
}
