import { expect, it } from 'vitest';
import { blockDiagonal, blockWindow, maskFromJSON } from '../index.ts';

it('blockWindow shows own, left and right blocks, also for positions below 0', () => {
  const mask = blockWindow({ blockSize: 3, left: 2, right: 1 });
  for (let query = -7; query < 20; query++) {
    for (let key = -7; key < 20; key++) {
      const distance = Math.floor(key / 3) - Math.floor(query / 3);
      expect(mask.allows(query, key)).toBe(distance >= -2 && distance <= 1);
    }
  }
});

it('blockWindow of no neighbours is blockDiagonal', () => {
  const [one, other] = [blockWindow({ blockSize: 4, left: 0, right: 0 }), blockDiagonal({ blockSize: 4 })];
  for (let query = 0; query < 12; query++) for (let key = 0; key < 12; key++) expect(one.allows(query, key)).toBe(other.allows(query, key));
});

it('blockWindow comes back from its JSON', () => {
  expect(maskFromJSON({ kind: 'blockWindow', size: 4, left: 1, right: 0 }).name).toBe('blockWindow({ blockSize: 4, left: 1, right: 0 })');
});

it('blockWindow refuses blocks of 0 tokens', () => {
  expect(() => blockWindow({ blockSize: 0, left: 1, right: 0 })).toThrow(
    `blockWindow: blockSize must be an integer of at least 1.
  expected  an integer, 1 or more
  got       0
  remedy    give blockSize as a count.`,
  );
});
