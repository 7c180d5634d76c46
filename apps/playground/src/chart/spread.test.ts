import { expect, it } from 'vitest';
import { spread } from './spread.ts';

const within = { from: 0, to: 100 };

it('leaves labels where they are if there is room', () => {
  expect(spread([80, 10, 40], 15, within)).toEqual([80, 10, 40]);
});

it('moves those that are too near apart, in their order', () => {
  expect(spread([50, 48, 90], 15, within)).toEqual([63, 48, 90]);
});

it('keeps them within the axis, pushing others back', () => {
  expect(spread([99, 98, -5], 15, within)).toEqual([100, 85, 0]);
});
