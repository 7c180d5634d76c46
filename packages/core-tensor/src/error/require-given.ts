import { ConfigError } from './config-error.ts';
import { show } from './show.ts';

/**
 * Checks that an option which has no default was given.
 * @param caller the function that was called, for the message
 * @param expected what it is
 * @throws ConfigError that names the option
 * @example
 * requireGiven('routingAttention', 'clusterSize', 64, 'a number of tokens'); // => undefined
 */
export function requireGiven(caller: string, name: string, value: unknown, expected: string): void {
  if (value !== undefined && value !== null) return;
  throw new ConfigError({ caller, problem: `${name} must be given.`, expected, got: show(value), remedy: `add ${name} to the options.` });
}
