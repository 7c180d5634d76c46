/** A middle value and the interval that holds it in 95 of 100 resamplings. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** From how many fresh processes; with one, low and high are the median itself and say nothing. */
  readonly rounds: number;
}

/** How many times the base's figure the head's is: below 1 the head is better. */
export interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

/** The middle of the values; the mean of the two middle ones where their number is even. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('median of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** As many of the items as there are, drawn with replacement. */
function resample<Item>(items: readonly Item[], random: () => number): Item[] {
  return items.map(() => items[Math.floor(random() * items.length)] as Item);
}

/** The 2.5 % and 97.5 % points of a statistic over resampled items. */
export function bootstrap<Item>(
  items: readonly Item[],
  statistic: (drawn: readonly Item[]) => number,
  random: () => number,
  draws = 2000,
): readonly [low: number, high: number] {
  const found = Array.from({ length: draws }, () => statistic(resample(items, random))).sort((a, b) => a - b);
  const at = (share: number): number => found[Math.floor(share * (draws - 1))] as number;
  return [at(0.025), at(0.975)];
}

/** The median of one figure per fresh process, with its bootstrap interval. */
export function estimate(values: readonly number[], random: () => number, draws = 2000): Estimate {
  const [low, high] = bootstrap(values, median, random, draws);
  return { median: median(values), low, high, rounds: values.length };
}

/**
 * The head against the base, round by round, so that what slows a whole round falls out.
 * @param rounds one figure of each per round, both taken within that round
 */
export function pairedRatio(
  rounds: readonly { readonly base: number; readonly head: number }[],
  random: () => number,
  draws = 4000,
): Ratio {
  const logs = rounds.map(({ base, head }) => Math.log(head / base));
  const [low, high] = bootstrap(logs, median, random, draws);
  return { ratio: Math.exp(median(logs)), low: Math.exp(low), high: Math.exp(high), rounds: rounds.length };
}
