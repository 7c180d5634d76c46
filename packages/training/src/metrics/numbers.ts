import { ConfigError, isList, show } from '@longspan/core-tensor/error';

/** Throws unless it is a list of the host: metrics are computed there, in float64. */
export function requireList(caller: string, name: string, values: unknown): asserts values is ArrayLike<unknown> {
  if (isList(values)) return;
  throw new ConfigError({
    caller,
    problem: `${name} must be a list.`,
    expected: 'an array or a typed array',
    got: show(values),
    remedy: `give ${name} as a list of the host: of a tensor, await its data().`,
  });
}

/** Throws unless it is a list of finite numbers. */
export function requireNumbers(caller: string, name: string, values: unknown): asserts values is ArrayLike<number> {
  requireList(caller, name, values);
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at])) continue;
    throw new ConfigError({
      caller,
      problem: `${name} must hold finite numbers.`,
      expected: 'finite numbers',
      got: `${show(values[at])} at index ${at}`,
      remedy: 'look for where it comes from, or leave the element out of what is counted.',
    });
  }
}

/** Throws unless two lists of a batch belong together. */
export function requireSameLength(
  caller: string,
  first: readonly [string, ArrayLike<unknown>],
  second: readonly [string, ArrayLike<unknown>],
): void {
  if (first[1].length === second[1].length) return;
  throw new ConfigError({
    caller,
    problem: `${second[0]} must be as many as ${first[0]}.`,
    expected: `${first[1].length}  (set by ${first[0]})`,
    got: String(second[1].length),
    remedy: `give one of ${second[0]} for each of ${first[0]}.`,
  });
}

/** Throws unless it is a list of 0 and 1 as long as another. */
export function requireMask(caller: string, mask: unknown, of: readonly [string, ArrayLike<unknown>]): asserts mask is ArrayLike<number> {
  requireNumbers(caller, 'mask', mask);
  requireSameLength(caller, of, ['mask', mask]);
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0 || mask[at] === 1) continue;
    throw new ConfigError({
      caller,
      problem: 'mask must hold 0 and 1.',
      expected: '1 where an element counts, 0 where it does not',
      got: `${mask[at]} at index ${at}`,
      remedy: 'compare your weights with 0 first; there are no weighted means here.',
    });
  }
}
