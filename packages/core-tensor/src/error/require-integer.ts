import { ConfigError } from './config-error.ts';
import { show } from './show.ts';

/** The largest size, count or position: what an int32 holds, in which tensors keep them. */
const largest = 2 ** 31 - 1;

/** The bound of what may be negative. */
export const UNBOUNDED: number = Number.MIN_SAFE_INTEGER;

/**
 * Checks that options are integers, each at least as large as said.
 * @param caller the function that was called, for the message
 * @param atLeast any integer will do by default
 * @param more.atMost the largest that is possible; 2³¹ − 1 by default
 * @param more.remedy what to do; to give a count by default
 * @throws ConfigError that names the first option that is not an integer
 * @example
 * requireInteger('slidingWindow', { left: 3, right: 0 }, 0); // => undefined
 */
export function requireInteger(
  caller: string,
  options: Readonly<Record<string, unknown>>,
  atLeast: number = UNBOUNDED,
  more: { readonly atMost?: number | undefined; readonly remedy?: string | undefined } = {},
): void {
  const { atMost, remedy } = more;
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && (value as number) >= atLeast && (value as number) <= (atMost ?? largest)) continue;
    const isLarge = atMost === undefined && Number.isFinite(value) && (value as number) > largest;
    const [rule, expected] = isLarge
      ? [`an integer of at most ${largest}`, `an integer, ${largest} or less`]
      : atMost === undefined
        ? atLeast === UNBOUNDED
          ? ['an integer', 'an integer']
          : [`an integer of at least ${atLeast}`, `an integer, ${atLeast} or more`]
        : [`an integer from ${atLeast} to ${atMost}`, `an integer, ${atLeast} … ${atMost}`];
    throw new ConfigError({
      caller,
      problem: `${name} must be ${rule}.`,
      expected,
      got: show(value),
      remedy: remedy ?? `give ${name} as a count.`,
    });
  }
}
