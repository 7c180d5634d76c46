import { expect, it } from 'vitest';
import { ConfigError, requireCountOfNumbers } from './index.ts';

it('a result of 2²⁸ numbers may be made, one of more is an error that says its shape', () => {
  requireCountOfNumbers('denseMask', [2 ** 14, 2 ** 14]);
  expect(() => requireCountOfNumbers('denseMask', [2 ** 14, 2 ** 14 + 1])).toThrow(
    new ConfigError({
      caller: 'denseMask',
      problem: 'the result must have at most 268435456 numbers.',
      expected: 'at most 268435456',
      got: '[16384, 16385]',
      remedy: 'ask for a part at a time, or check the sizes.',
    }),
  );
});
