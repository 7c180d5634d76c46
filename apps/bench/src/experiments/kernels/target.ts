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

/** A target, by the name of its row, and what became of it; undefined where there is no figure. */
export interface Held {
  readonly row: string;
  readonly verdict: Verdict | undefined;
  readonly isTried: boolean;
}

/** How many targets are met, and which are not. */
export function aboutTargets(targets: readonly Held[], of = ''): string[] {
  const tried = targets.filter(({ isTried }) => isTried);
  const rowsOf = (verdict: Verdict | undefined): string[] => tried.filter((one) => one.verdict === verdict).map(({ row }) => row);
  const named = (opening: string, rows: readonly string[]): string[] => (rows.length === 0 ? [] : [`${opening}: ${rows.join('; ')}.`]);
  return [
    ...(tried.length === 0 ? [] : [`${rowsOf('met').length} of ${tried.length} targets${of} are met.`]),
    ...named('Missed', rowsOf('missed')),
    ...named('Open, the interval lies on both sides of the target', rowsOf('open')),
    ...named('Without a figure', rowsOf(undefined)),
    ...(tried.length === targets.length ? [] : [`${targets.length - tried.length} more targets were not measured.`]),
  ];
}

/** '12.3x'. */
export const times = (value: number): string => `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)}x`;
