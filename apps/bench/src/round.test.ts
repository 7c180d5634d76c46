import { expect, it } from 'vitest';
import { interleaved } from './round.ts';

it('interleaved rounds take every point once per round, every other round backwards', () =>
  expect(interleaved(['a', 'b', 'c'], 3).map(({ round, point }) => `${round}${point}`)).toEqual([
    '0a',
    '0b',
    '0c',
    '1c',
    '1b',
    '1a',
    '2a',
    '2b',
    '2c',
  ]));
