import { ConfigError } from './config-error.ts';
import { nearestNames } from './nearest-names.ts';

/**
 * Checks that a record has no names but those that are known: a misspelt option is an error, never ignored.
 * @param caller the function that was called, for the message
 * @param names those that it knows
 * @throws ConfigError that names the first unknown one, and the one most like it
 * @example
 * requireKnown('sparseAttention', { scale: 1 }, ['mask', 'scale']); // => undefined
 */
export function requireKnown(caller: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new ConfigError({
      caller,
      problem: `every option must be one of those that ${caller} knows.`,
      expected: names.length === 0 ? 'no options' : names.join(', '),
      got: name,
      remedy: names.length === 0 ? `leave ${name} out.` : `did you mean ${nearestNames(name, names)[0]}? Else leave ${name} out.`,
    });
  }
}
