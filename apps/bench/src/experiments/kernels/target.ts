import type { Ratio } from '../../figures/pairs.ts';
import { roundsToDecide } from '../../figures/verdict.ts';

/** What a row must reach. */
export interface Target {
  readonly bound: 'at least' | 'at most';
  readonly value: number;
}

/** 'open': the interval lies on both sides of the target, or there are too few rounds for one. */
export type Verdict = 'met' | 'missed' | 'open';

/** Holds a measured figure with its interval against its target. */
export function evaluate({ ratio, low, high, rounds }: Ratio, { bound, value }: Target): Verdict {
  const isMet = (figure: number): boolean => (bound === 'at least' ? figure >= value : figure <= value);
  if (rounds < roundsToDecide) return isMet(ratio) ? 'open' : 'missed';
  return isMet(low) === isMet(high) ? (isMet(ratio) ? 'met' : 'missed') : 'open';
}

/** How many times the base's time is the head's: what 'times faster' means. */
export const inverse = ({ ratio, low, high, rounds }: Ratio): Ratio => ({ ratio: 1 / ratio, low: 1 / high, high: 1 / low, rounds });

/** '12.3x'. */
export const times = (value: number): string => `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)}x`;
