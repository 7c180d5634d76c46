import { ConfigError } from './config-error.ts';

/** Numbers of one tensor or list: 1 GiB of float32. More is a slip of a unit, or a number from a stranger. */
export const mostNumbers: number = 2 ** 28;

/**
 * Throws where a result would have more numbers than memory can be expected to hold, before any of them is made.
 * @throws ConfigError that says the shape
 * @example
 * requireCountOfNumbers('denseMask', [4, 4]); // => undefined
 */
export function requireCountOfNumbers(caller: string, shape: readonly number[]): void {
  if (shape.reduce((product, size) => product * size, 1) <= mostNumbers) return;
  throw new ConfigError({
    caller,
    problem: `the result must have at most ${mostNumbers} numbers.`,
    expected: `at most ${mostNumbers}`,
    got: `[${shape.join(', ')}]`,
    remedy: 'ask for a part at a time, or check the sizes.',
  });
}
