import { expect, it } from 'vitest';
import { slabsOf } from './slabs.ts';

it('slabs give every token once, and read as far on each side as the layers reach, but not beyond the text', () => {
  expect(slabsOf(10, 4, 3)).toEqual([
    { from: 0, to: 4, readFrom: 0, readTo: 7 },
    { from: 4, to: 8, readFrom: 1, readTo: 10 },
    { from: 8, to: 10, readFrom: 5, readTo: 10 },
  ]);
  expect(slabsOf(4, 4, 100)).toEqual([{ from: 0, to: 4, readFrom: 0, readTo: 4 }]);
});
