import { expect, it } from 'vitest';
import { interleaved } from './round.ts';

it('interleaved rounds take every point once per round, every other one backwards, and the first group has all its rounds first', () =>
  expect(
    interleaved(
      [
        ['a', 'b'],
        ['c', 'd', 'e'],
      ],
      3,
    )
      .map(({ round, point }) => `${round}${point}`)
      .join(' '),
  ).toBe('0a 0b 0c 0d 0e 1b 1a 2a 2b 1e 1d 1c 2c 2d 2e'));
