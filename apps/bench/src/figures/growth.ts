import { bootstrap } from './pairs.ts';

/** `value ∝ n ** exponent`, fitted; 1 is linear growth, 2 quadratic. */
export interface Growth {
  readonly exponent: number;
  readonly low: number;
  readonly high: number;
  /** The sizes it was fitted over. */
  readonly from: number;
  readonly to: number;
}

export interface Measured {
  readonly n: number;
  readonly value: number;
}

/** The slope of log value over log n by least squares; NaN where there is one size only. */
export function slope(points: readonly Measured[]): number {
  const xs = points.map(({ n }) => Math.log(n));
  const ys = points.map(({ value }) => Math.log(value));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x0, y0] = [mean(xs), mean(ys)];
  const variance = xs.reduce((sum, x) => sum + (x - x0) ** 2, 0);
  if (variance < 1e-12) return Number.NaN;
  return xs.reduce((sum, x, i) => sum + (x - x0) * ((ys[i] as number) - y0), 0) / variance;
}

/** Fits the growth exponent over all samples; nothing where only one size was measured. */
export function growth(points: readonly Measured[], random: () => number, draws = 2000): Growth | undefined {
  const usable = points.filter(({ value }) => value > 0);
  const sizes = [...new Set(usable.map(({ n }) => n))].sort((a, b) => a - b);
  if (sizes.length < 2) return undefined;
  const statistic = (drawn: readonly Measured[]): number => {
    const found = slope(drawn);
    return Number.isNaN(found) ? slope(usable) : found; // a draw of one size only, rare, says nothing
  };
  const [low, high] = bootstrap(usable, statistic, random, draws);
  return { exponent: slope(usable), low, high, from: sizes[0] as number, to: sizes.at(-1) as number };
}
