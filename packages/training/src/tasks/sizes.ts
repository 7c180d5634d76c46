import { requireInteger, requireKnown } from '@longspan/core-tensor/error';

/** The options of a task, all of which are integers: what is given over what is the default, checked. */
export function sizesOf<Sizes extends Readonly<Record<string, number>>>(
  caller: string,
  options: { readonly [Name in keyof Sizes]?: number | undefined },
  defaults: Sizes,
  least: { readonly [Name in keyof Sizes]: number },
): Sizes {
  requireKnown(caller, options, Object.keys(defaults));
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const sizes: Readonly<Record<string, number>> = { ...defaults, ...Object.fromEntries(given) };
  for (const [name, size] of Object.entries(sizes)) requireInteger(caller, { [name]: size }, least[name] as number, { atMost: largest });
  return sizes as Sizes;
}

/** Of tokens and of symbols: a longer example is a slip. */
const largest = 2 ** 24;
