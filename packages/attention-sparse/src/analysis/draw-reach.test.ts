import { expect, it } from 'vitest';
import { causal, globalTokens, slidingWindow } from '../mask/index.ts';
import { drawReach } from './draw-reach.ts';
import { receptiveField } from './receptive-field.ts';

it('draws each layer, in squares where there are more blocks than rows', () => {
  const window = slidingWindow({ left: 4, right: 0 });
  const field = receptiveField([window, window.or(globalTokens([0])).and(causal())], { length: 32, blockSize: 4 });
  expect(drawReach(field, { size: 8 })[1]).toBe(
    ['█·······', '██······', '███·····', '████····', '█·███···', '█··███··', '█···███·', '█····███'].join('\n'),
  );
  expect(drawReach(field, { size: 4 })[0]).toBe('▒···\n▒▒··\n·▒▒·\n··▒▒');
});
