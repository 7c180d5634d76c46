import { expect, it } from 'vitest';
import { causal, drawMask, perHead, predicate, slidingWindow } from '../index.ts';

it('a long mask is drawn in rectangles, ▒ where only some of the pairs are visible', () => {
  expect(drawMask(slidingWindow({ left: 16, right: 0 }), { queryLength: 64, size: 8 })).toBe(
    ['▒·······', '█▒······', '▒█▒·····', '·▒█▒····', '··▒█▒···', '···▒█▒··', '····▒█▒·', '·····▒█▒'].join('\n'),
  );
});

it('rows stand at queryOffset, and a predicate is looked at pair by pair', () => {
  const upper = predicate('upper', (query, key) => key >= query);
  expect(drawMask(upper, { queryLength: 2, keyLength: 5 })).toBe('···██\n····█');
  expect(drawMask(upper, { queryLength: 4, size: 2 })).toBe('▒█\n·▒');
});

it('a mask per head is drawn for the head that is asked for', () => {
  const mask = perHead([causal(), causal().not()]);
  expect(drawMask(mask, { queryLength: 2 })).toBe('█·\n██');
  expect(drawMask(mask, { queryLength: 2, head: 1 })).toBe('·█\n··');
});
