/** One figure to be taken by one fresh process. */
export interface Turn<Point> {
  readonly round: number;
  readonly point: Point;
}

/**
 * The order in which points are measured: all of them once per round, every other round backwards, so that a machine that
 * warms up or slows down over the run favours no side.
 */
export function interleaved<Point>(points: readonly Point[], rounds: number): Turn<Point>[] {
  return Array.from({ length: rounds }, (_, round) =>
    (round % 2 === 0 ? points : points.toReversed()).map((point) => ({ round, point })),
  ).flat();
}
