import { createLayout } from '@longspan/core-tensor/layout';
import { describe, expect, it } from 'vitest';
import { causal, documents, globalTokens, type Mask, mask, perHead, slidingWindow } from '../src/mask/index.ts';

describe('createLayout', () => {
  it('lists full tiles as −1 and partial ones by bitmap, by query block and by key block', () => {
    const layout = createLayout(causal(), { queryLength: 5, keyLength: 7, blockSize: 3 }); // queries stand at 2 … 6
    expect(layout).toEqual({
      blockSize: 3,
      queryLength: 5,
      keyLength: 7,
      queryOffset: 2,
      batch: 1,
      heads: 1,
      indptr: Int32Array.of(0, 2, 5),
      indices: Int32Array.of(0, 1, 0, 1, 2),
      tileIndices: Int32Array.of(-1, 0, -1, -1, 1),
      bitmaps: Uint32Array.of(0b000, 0b001, 0b011, 0b000, 0b001, 0b000),
      transposed: {
        indptr: Int32Array.of(0, 2, 4, 5),
        indices: Int32Array.of(0, 1, 0, 1, 1),
        tileIndices: Int32Array.of(-1, -1, 0, -1, 1),
      },
    });
  });

  it('stores equal bitmaps of different heads once', () => {
    const layout = createLayout(perHead([causal(), causal().and(slidingWindow({ left: 4, right: 4 }))]), { queryLength: 12, blockSize: 4 });
    expect([layout.heads, layout.bitmaps.length / 4]).toEqual([2, 2]);
    expect(Array.from(layout.tileIndices)).toEqual([0, -1, 0, -1, -1, 0, 0, 1, 0, 1, 0]);
  });

  it('a partial tile whose pattern is unknown and turns out full or empty is no bitmap', () => {
    const half = mask({ name: 'half', allows: (_, key) => key < 8 });
    const layout = createLayout(half, { queryLength: 8, keyLength: 16, blockSize: 4 });
    expect([Array.from(layout.indices), Array.from(layout.tileIndices), layout.bitmaps.length]).toEqual([
      [0, 1, 0, 1],
      [-1, -1, -1, -1],
      0,
    ]);
  });

  it('a mask that shows nothing gives empty lists', () => {
    const layout = createLayout(globalTokens([]), { queryLength: 100, blockSize: 16 });
    expect([layout.indices.length, layout.bitmaps.length, Array.from(new Set(layout.indptr))]).toEqual([0, 0, [0]]);
  });

  it('asks a number of rectangles that grows with the visited blocks, and few pairs', () => {
    const asked = (length: number) => {
      const rule = slidingWindow({ left: 512, right: 0 })
        .or(globalTokens([0, 1]))
        .and(causal());
      let [covers, pairs] = [0, 0];
      const counting: Mask = mask({
        name: 'counting',
        allows: (query, key) => {
          pairs++;
          return rule.allows(query, key);
        },
        cover: (queries, keys) => {
          covers++;
          return rule.cover(queries, keys);
        },
        pattern: rule.pattern,
      });
      return { entries: createLayout(counting, { queryLength: length }).indices.length, covers, pairs };
    };
    const [short, long] = [asked(16384), asked(131072)];
    expect(long.entries).toBe(20435); // 2,048 blocks of 9 or fewer, and the first column
    expect(long.covers).toBeLessThan(1.3 * long.entries);
    expect(long.covers / short.covers).toBeLessThan(8.5);
    expect(long.pairs).toBe(short.pairs); // equal tiles are computed once
    expect(long.pairs).toBeLessThan(4096);
  });
});

describe('the cache of layouts', () => {
  it('gives the same object for the same mask and sizes, and for an equal mask made again', () => {
    const make = () => slidingWindow({ left: 3, right: 0 }).or(globalTokens([0]));
    const one = make();
    const layout = createLayout(one, { queryLength: 40, blockSize: 8 });
    expect(createLayout(one, { queryLength: 40, keyLength: 40, blockSize: 8, queryOffset: 0 })).toBe(layout);
    expect(createLayout(make(), { queryLength: 40, blockSize: 8 })).toBe(layout);
  });

  it('keeps apart what differs in any size', () => {
    const sizes = [
      { queryLength: 40, blockSize: 8 },
      { queryLength: 40, blockSize: 16 },
      { queryLength: 40, keyLength: 48, blockSize: 8 },
      { queryLength: 40, keyLength: 48, blockSize: 8, queryOffset: 0 },
      { queryLength: 48, blockSize: 8 },
    ];
    expect(new Set(sizes.map((size) => createLayout(causal(), size))).size).toBe(sizes.length);
  });

  it('never takes one rule for another of the same name', () => {
    const layouts = [true, false].map((answer) =>
      createLayout(mask({ name: 'same', allows: () => answer }), { queryLength: 8, blockSize: 4 }),
    );
    expect(layouts.map((layout) => layout.indices.length)).toEqual([4, 0]);
  });

  it('shares no long masks between objects, but still remembers them by object', () => {
    const ids = Array.from({ length: 5000 }, (_, token) => token >> 5);
    const mask = documents(ids);
    const layout = createLayout(mask, { queryLength: 5000 });
    expect(createLayout(mask, { queryLength: 5000 })).toBe(layout);
    expect(createLayout(documents(ids), { queryLength: 5000 })).not.toBe(layout);
  });

  it('forgets the layouts of a mask that were used longest ago', () => {
    const decoding = mask({ name: 'decoding', allows: () => true, cover: () => 'all' });
    const first = createLayout(decoding, { queryLength: 1, keyLength: 1 });
    for (let keyLength = 2; keyLength <= 16; keyLength++) createLayout(decoding, { queryLength: 1, keyLength });
    expect(createLayout(decoding, { queryLength: 1, keyLength: 1 })).toBe(first); // and is now the latest used
    createLayout(decoding, { queryLength: 1, keyLength: 17 });
    expect(createLayout(decoding, { queryLength: 1, keyLength: 1 })).toBe(first);
    for (let keyLength = 20; keyLength < 40; keyLength++) createLayout(decoding, { queryLength: 1, keyLength });
    expect(createLayout(decoding, { queryLength: 1, keyLength: 1 })).not.toBe(first);
  });
});

describe('createLayout refuses', () => {
  it('a length that is no count', () => {
    expect(() => createLayout(causal(), { queryLength: 0 })).toThrow(
      `createLayout: queryLength must be an integer of at least 1.
  expected  an integer, 1 or more
  got       0
  remedy    give queryLength as a count.`,
    );
  });

  it.each([
    [{ queryLength: 8, keyLength: 2.5 }, 'keyLength must be an integer of at least 1.'],
    [{ queryLength: 8, blockSize: 0 }, 'blockSize must be an integer from 1 to 4096.'],
    [{ queryLength: 8, blockSize: Number.NaN }, 'blockSize must be an integer from 1 to 4096.'],
    [{ queryLength: 8, queryOffset: 0.5 }, 'queryOffset must be an integer.'],
  ])('%j', (options, problem) => {
    expect(() => createLayout(causal(), options)).toThrow(`createLayout: ${problem}`);
  });
});
