import { createKey } from '@longspan/core-tensor/key';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bigBird, randomBlocks } from '../index.ts';

it('draws different blocks, ascending, outside the window and the globals, as many as asked or as are left', () => {
  const options = fc.record({
    queryBlocks: fc.integer({ min: 1, max: 14 }),
    keyBlocks: fc.integer({ min: 1, max: 11 }),
    perQueryBlock: fc.integer({ min: 0, max: 6 }),
    windowBlocks: fc.integer({ min: 0, max: 3 }),
    globalBlocks: fc.array(fc.integer({ min: 0, max: 13 }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(options, fc.nat(), (each, seed) => {
      const rows = randomBlocks(createKey(seed), each);
      expect(rows.length).toBe(each.queryBlocks);
      rows.forEach((blocks, query) => {
        const free = Array.from({ length: each.keyBlocks }, (_, block) => block).filter(
          (block) => Math.abs(block - query) > each.windowBlocks && !each.globalBlocks.includes(block),
        );
        expect(blocks.length).toBe(each.globalBlocks.includes(query) ? 0 : Math.min(each.perQueryBlock, free.length));
        expect(blocks.every((block) => free.includes(block))).toBe(true);
        expect(blocks).toEqual([...new Set(blocks)].sort((a, b) => a - b));
      });
    }),
    { numRuns: 500 },
  );
});

it('the same key draws the same blocks, another key or head others', () => {
  const draw = (seed: number) => randomBlocks(createKey(seed), { heads: 2, queryBlocks: 64, perQueryBlock: 3, windowBlocks: 1 });
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(1)[0]).not.toEqual(draw(1)[1]);
  expect(randomBlocks(createKey(1), { queryBlocks: 64, perQueryBlock: 3, windowBlocks: 1 })).toEqual(draw(1)[0]);
});

it('every free block is drawn equally often', () => {
  const counts = new Map<number, number>();
  for (let seed = 0; seed < 3000; seed++) {
    const [, , third] = randomBlocks(createKey(seed), { queryBlocks: 3, keyBlocks: 9, perQueryBlock: 2, globalBlocks: [0] });
    for (const block of third ?? []) counts.set(block, (counts.get(block) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([1, 3, 4, 5, 6, 7, 8]);
  // 6,000 draws over 7 blocks: 857 each, standard deviation 25
  for (const count of counts.values()) expect(Math.abs(count - 6000 / 7)).toBeLessThan(125);
});

it('a row with holes is refused at its first hole, however long it is', () => {
  let looked = 0;
  const row = new Proxy(new Array<number>(1e6), {
    has(list, at) {
      looked += 1;
      return at in list;
    },
  });
  expect(() => bigBird({ blockSize: 2, windowBlocks: 0, globalBlocks: [0], randomBlocks: [row] })).toThrow('randomBlocks must be a list.');
  expect(looked).toBeLessThan(10);
});
