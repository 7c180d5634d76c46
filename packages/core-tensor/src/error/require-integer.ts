import { ConfigError } from './config-error.ts';
import { show } from './show.ts';

/** The bound of what may be negative. */
const unbounded: number = Number.MIN_SAFE_INTEGER;

/**
 * Checks that options are integers, each at least as large as said.
 * @param caller the function that was called, for the message
 * @param atLeast any integer will do when absent
 * @throws ConfigError that names the first option that is none
 * @example
 * requireInteger('slidingWindow', { left: 3, right: 0 }, 0); // => undefined
 */
export function requireInteger(caller: string, options: Readonly<Record<string, unknown>>, atLeast: number = unbounded): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && (value as number) >= atLeast) continue;
    throw new ConfigError({
      caller,
      problem: `${name} must be an integer${atLeast === unbounded ? '' : ` of at least ${atLeast}`}.`,
      expected: atLeast === unbounded ? 'an integer' : `an integer, ${atLeast} or more`,
      got: show(value),
      remedy: `give ${name} as a count.`,
    });
  }
}
