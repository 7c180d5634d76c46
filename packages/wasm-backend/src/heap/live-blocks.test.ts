import { expect, it } from 'vitest';
import { liveBlocks } from './live-blocks.ts';

it('a gap is found between blocks, and only where it is wide enough', () => {
  const blocks = liveBlocks(100);
  const widest = (): number => {
    let bytes = 0;
    while (blocks.hasGap(bytes + 1)) bytes++;
    return bytes;
  };
  expect(widest()).toBe(0);
  blocks.add(300, 50);
  blocks.add(120, 30); // not in order
  blocks.add(150, 40);
  expect(widest()).toBe(110); // from 190 to 300
  blocks.remove(120);
  blocks.remove(7); // of a block that was handed out before
  expect(widest()).toBe(110);
  blocks.remove(150);
  expect(widest()).toBe(200); // from 100 to 300
  blocks.remove(300);
  expect(widest()).toBe(250); // the end of what was handed out stays
});
