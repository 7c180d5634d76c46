/** A length and what was measured there. */
export interface Measured {
  readonly length: number;
  readonly value: number;
}

/** `value = factor · length ** exponent`. */
export interface Growth {
  readonly exponent: number;
  /** The exponent lies between these at 95 %, if what points are off the line by is chance. */
  readonly low: number;
  readonly high: number;
  readonly factor: number;
  /** The lengths that it was fitted over. */
  readonly from: number;
  readonly to: number;
}

/** At short lengths a call's fixed cost is most of it, so no more than so many of the longest count. */
const fitted = 4;

/** Student's t at 97.5 %, for 1 and 2 degrees of freedom. */
const student = [12.706, 4.303];

/** How a value grows: least squares on the logarithms of the last points. Undefined below three. */
export function growthOf(points: readonly Measured[]): Growth | undefined {
  const last = points
    .filter(({ value }) => value > 0)
    .toSorted((one, other) => one.length - other.length)
    .slice(-fitted);
  const [first] = last;
  if (last.length < 3 || first === undefined) return undefined;
  const xs = last.map(({ length }) => Math.log(length));
  const ys = last.map(({ value }) => Math.log(value));
  const [x0, y0] = [mean(xs), mean(ys)];
  const spread = xs.reduce((sum, x) => sum + (x - x0) ** 2, 0);
  const exponent = xs.reduce((sum, x, at) => sum + (x - x0) * ((ys[at] as number) - y0), 0) / spread;
  const off = xs.reduce((sum, x, at) => sum + ((ys[at] as number) - y0 - exponent * (x - x0)) ** 2, 0);
  const freedom = xs.length - 2;
  const margin = (student[freedom - 1] as number) * Math.sqrt(off / freedom / spread);
  return {
    exponent,
    low: exponent - margin,
    high: exponent + margin,
    factor: Math.exp(y0 - exponent * x0),
    from: first.length,
    to: (last.at(-1) as Measured).length,
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * What a value will be at twice the length: as the last two points grew, but no slower than linear and no faster than a little over
 * quadratic, for two points alone may say anything.
 */
export function atTwice(points: readonly Measured[]): number | undefined {
  const last = points.at(-1);
  if (last === undefined) return undefined;
  const before = points.at(-2);
  const grew = before === undefined || before.value <= 0 ? 2 : last.value / before.value;
  return last.value * Math.min(4.4, Math.max(2, grew));
}
