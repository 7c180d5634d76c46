import { ConfigError } from '@longspan/core-tensor/error';

/** Throws unless each of the named options is a whole number of at least that much. */
export function requireWhole(door: string, options: Readonly<Record<string, number>>, atLeast: number): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && value >= atLeast) continue;
    throw new ConfigError({
      door,
      problem: `${name} is not a whole number of at least ${atLeast}.`,
      expected: `a whole number, ${atLeast} or more`,
      got: String(value),
      remedy: `give ${name} as a count of tokens, units or features.`,
    });
  }
}

/** Throws unless the heads share the width evenly. */
export function requireHeads(door: string, { width, heads }: { readonly width: number; readonly heads: number }): void {
  requireWhole(door, { width, heads }, 1);
  if (width % heads === 0) return;
  throw new ConfigError({
    door,
    problem: 'the heads do not share the width evenly.',
    expected: 'width a multiple of heads',
    got: `width ${width}, heads ${heads}`,
    remedy: 'choose width = heads · headDim.',
  });
}
