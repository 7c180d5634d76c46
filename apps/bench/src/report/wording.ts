import { digits } from '@longspan/tooling/wording';
import type { Tolerance } from '../figures/closeness.ts';
import type { Estimate, Ratio } from '../figures/pairs.ts';

export { bytes, count, duration } from '@longspan/tooling/wording';

/** The noun agrees: reports are read by people. */
export const coreCount = (cores: number): string => `${cores} ${cores === 1 ? 'core' : 'cores'}`;

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
