import { ConfigError } from '@longspan/core-tensor/error';

/** Throws unless each of the named options is a whole number of at least that much. */
export function requireWhole(door: string, options: Readonly<Record<string, unknown>>, atLeast: 0 | 1): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && (value as number) >= atLeast) continue;
    throw new ConfigError({
      door,
      problem: `${name} is not a whole number of at least ${atLeast}.`,
      expected: `a whole number, ${atLeast} or more`,
      got: String(value),
      remedy: `give ${name} as a count of tokens, chunks, rounds or features.`,
    });
  }
}
