import { expect, it } from 'vitest';
import { wordScores } from './word-scores.ts';

it('scores each word of a question once, whatever its case, and paragraphs without one 0', () => {
  const scores = wordScores(['The whale, the Whale!', 'A ship.', '', '***', 'A whale and a ship and much else besides.']);
  const [whale, twice] = [scores('WHALE?'), scores('whale whale')];
  expect([...whale].map((score) => score > 0)).toEqual([true, false, false, false, true]);
  expect(twice).toEqual(whale);
  expect(whale[0]).toBeGreaterThan(whale[4] as number);
  const both = scores('a ship');
  expect(both[1]).toBeGreaterThan(both[4] as number);
});
