import { ConfigError, requireIntegers } from '@longspan/core-tensor/error';

/** Tokens go into tensors of int32. */
const largest = 2 ** 31 - 1;

/**
 * A list of tokens, checked.
 * @throws ConfigError for what is no integer from the least, 0, to 2^31 − 1: a larger one would become another token
 */
export function requireTokens(caller: string, name: string, tokens: ArrayLike<number>, atLeast = 0): readonly number[] {
  const all = requireIntegers(caller, name, tokens, atLeast);
  const at = all.findIndex((token) => token > largest);
  if (at < 0) return all;
  throw new ConfigError({
    caller,
    problem: `${name} must hold tokens of int32.`,
    expected: `integers from ${atLeast} to ${largest}`,
    got: `${all[at]} at index ${at}`,
    remedy: 'number the tokens from 0.',
  });
}
