/** A value of some step. */
export interface Point {
  readonly step: number;
  readonly value: number;
}

/** The means of neighbouring steps, so many at the most: what a chart shows of a long run. Steps count from 1. */
export function binned(values: readonly number[], most: number): readonly Point[] {
  const size = Math.max(1, Math.ceil(values.length / most));
  const points: Point[] = [];
  for (let from = 0; from < values.length; from += size) {
    const to = Math.min(values.length, from + size);
    let sum = 0;
    for (let at = from; at < to; at++) sum += values[at] as number;
    points.push({ step: (from + to + 1) / 2, value: sum / (to - from) });
  }
  return points;
}

/** A moving average that forgets by halves in so many steps. */
export function smoothed(values: readonly number[], halfLife: number): readonly number[] {
  const kept = 0.5 ** (1 / halfLife);
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    sum = kept * sum + value;
    weight = kept * weight + 1;
    return sum / weight;
  });
}

/** Losses in nats as bits. */
export const bits = (nats: number): number => nats / Math.LN2;
