import { ConfigError, show } from '@longspan/core-tensor/error';

/** Throws unless each is the share of something that stays: at least 0 and below 1. */
export function requireShares(caller: string, shares: Readonly<Record<string, number>>): void {
  for (const [name, share] of Object.entries(shares)) {
    if (typeof share === 'number' && share >= 0 && share < 1) continue;
    throw new ConfigError({
      caller,
      problem: `${name} must be in [0, 1).`,
      expected: 'a number of at least 0 and below 1',
      got: show(share),
      remedy: `give ${name} as the share that stays from step to step: 0.9, say.`,
    });
  }
}
