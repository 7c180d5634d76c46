import { median } from '../../figures/pairs.ts';

/** A figure taken apart: what the work would take if nothing but the first part were to be done, with the second, and so on. */
export interface Step {
  /** What comes in with this step. */
  readonly name: string;
  /** Seconds of the work with this part and all before it, one for each round; those of the last step are the work's own. */
  readonly seconds: readonly number[];
}

/** One part of the time that a piece of work takes. */
export interface Part {
  readonly name: string;
  readonly seconds: number;
  /** Of the whole time; below 0 where the rounds were too noisy to tell the part. */
  readonly share: number;
  /** What the figure would be without all the parts that follow. */
  readonly figure: number;
}

/** Where the time of a piece of work goes. */
export interface Profile {
  /** How the parts were found, in sentences. */
  readonly how: string;
  readonly parts: readonly Part[];
}

/**
 * Where the time goes: the difference that each step makes, as a share of the whole taken round by round.
 * @param base seconds that the figure is the ratio of to those of the work, one for each round
 */
export function profileOf(how: string, steps: readonly Step[], base: readonly number[]): Profile {
  const whole = steps.at(-1)?.seconds;
  if (whole === undefined) throw new RangeError('profile of no steps');
  const over = (seconds: readonly number[], others: readonly number[]): number =>
    median(seconds.map((value, round) => value / (others[round] as number)));
  const figure = over(base, whole);
  const shares = steps.map(({ seconds }) => over(seconds, whole));
  const parts = steps.map(({ name }, at): Part => {
    const upToHere = shares[at] as number;
    const share = upToHere - (shares[at - 1] ?? 0);
    return { name, seconds: share * median(whole), share, figure: figure / upToHere };
  });
  return { how, parts };
}
