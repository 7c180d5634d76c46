/** What an animation showed. */
export interface Frames {
  /** Of the frames that it shows at rest in that time. */
  readonly missedShare: number;
  /** Seconds between two frames at most. */
  readonly longestGap: number;
}

/**
 * How many frames an animation missed.
 * @param times when frames were shown, in ms, ascending
 * @param interval ms between two frames of the same page at rest
 */
export function framesOf(times: readonly number[], interval: number): Frames {
  const gaps = times.slice(1).map((time, at) => time - (times[at] as number));
  // A gap of n intervals is n - 1 frames that nobody saw.
  const missed = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / interval) - 1), 0);
  return {
    missedShare: gaps.length === 0 ? 0 : missed / (gaps.length + missed),
    longestGap: gaps.reduce((longest, gap) => Math.max(longest, gap), 0) / 1000,
  };
}
