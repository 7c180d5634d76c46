/** One figure to be taken by one fresh process. */
export interface Turn<Point> {
  readonly round: number;
  readonly point: Point;
}

/**
 * The order in which points are measured: all of them once per round, every other round backwards, so that a machine that
 * warms up or slows down over the run favours no side.
 * @param groups points by their rank: after the first round, which all take part in, each group has all its rounds before the next
 */
export function interleaved<Point>(groups: readonly (readonly Point[])[], rounds: number): Turn<Point>[] {
  const turns = (points: readonly Point[], round: number): Turn<Point>[] =>
    (round % 2 === 0 ? points : points.toReversed()).map((point) => ({ round, point }));
  const later = Array.from({ length: rounds - 1 }, (_, index) => index + 1);
  return [...groups.flatMap((points) => turns(points, 0)), ...groups.flatMap((points) => later.flatMap((round) => turns(points, round)))];
}
