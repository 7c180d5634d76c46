import type { Tolerance } from '../figures/closeness.ts';
import type { Estimate, Ratio } from '../figures/pairs.ts';

/** 1,024 and the like, in every place alike. */
export const count = (value: number): string => Math.round(value).toLocaleString('en');

/** The noun agrees: reports are read by people. */
export const coreCount = (cores: number): string => `${cores} ${cores === 1 ? 'core' : 'cores'}`;

/** Two or three digits that matter. */
const digits = (value: number): string => (value >= 100 ? count(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** Seconds as ms, s or minutes. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${digits(seconds * 1000)} ms`;
  if (seconds < 120) return `${digits(seconds)} s`;
  if (seconds < 2 * 3600) return `${digits(seconds / 60)} min`;
  return `${digits(seconds / 3600)} h`;
}

/** Bytes as MB or GB, powers of ten. */
export function bytes(value: number): string {
  if (value < 1000) return 'under 1 kB';
  if (value < 999_500) return `${digits(value / 1e3)} kB`;
  return value < 999.5e6 ? `${digits(value / 1e6)} MB` : `${digits(value / 1e9)} GB`;
}

export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;

/** '1.2 s (1.1 s to 1.3 s)'; a single round has no interval and says so by its absence. */
export function withInterval({ median, low, high, rounds }: Estimate, unit: (value: number) => string): string {
  return rounds < 2 ? unit(median) : `${unit(median)} (${unit(low)} to ${unit(high)})`;
}

/** How many times less the head takes than the base: '7.1 times less', or more. */
export function timesLess({ ratio }: Pick<Ratio, 'ratio'>): string {
  return ratio <= 1 ? `${digits(1 / ratio)} times less` : `${digits(ratio)} times more`;
}

/** 1.0e-4 + 1.0e-4·|x|: what an element may be off by. */
export const allowance = ({ atol, rtol }: Tolerance): string => `${error(atol)} + ${error(rtol)}·|x|`;

/** An error or a tolerance: 2.4e-7. */
export const error = (value: number): string => (value === 0 ? '0' : value.toExponential(1));
