import { expect, it } from 'vitest';
import { stamped } from '../error/index.ts';
import { clearCaches } from '../memo/index.ts';
import { transposed } from './block-lists.ts';
import { type Coverage, coverOfRange, createLayout, periodic, sharedCoverage } from './index.ts';

/** A window that reaches so far to the left. */
const window = (left: number): Coverage =>
  sharedCoverage({
    allows: (query, key) => key <= query && query - key <= left,
    cover: (queries, keys) => coverOfRange(queries.start - keys.end + 1, queries.end - 1 - keys.start, 0, left),
    pattern: periodic(1),
  });

/** One for each head. */
function perHead(heads: readonly Coverage[]): Coverage {
  return stamped({ ...(heads[0] as Coverage), heads: heads.length, select: ({ head = 0 }) => heads[head] as Coverage });
}

const layout = createLayout(perHead([window(99), window(3), window(0)]), { queryLength: 21, keyLength: 30, blockSize: 4, queryOffset: 5 });

it('lists what each head attends to, by query block and by key block', () => {
  const small = createLayout(perHead([window(9), window(0)]), { queryLength: 3, blockSize: 2 });
  expect(small).toEqual({
    blockSize: 2,
    queryLength: 3,
    keyLength: 3,
    queryOffset: 0,
    batch: 1,
    heads: 2,
    indptr: Int32Array.of(0, 1, 3, 4, 5),
    indices: Int32Array.of(0, 0, 1, 0, 1),
    tileIndices: Int32Array.of(0, -1, -1, 1, -1),
    bitmaps: Uint32Array.of(0b01, 0b11, 0b01, 0b10),
    transposed: {
      indptr: Int32Array.of(0, 2, 3, 4, 5),
      indices: Int32Array.of(0, 1, 1, 0, 1),
      tileIndices: Int32Array.of(0, -1, -1, 1, -1),
    },
  });
});

it('each transposed entry knows the entry that it is', () => {
  const [queryBlocks, keyBlocks] = [6, 8];
  const { lists, listedEntries } = transposed(layout, 3, layout);
  expect(lists).toEqual(layout.transposed);
  const listOf = (indptr: Int32Array, entry: number): number => indptr.findIndex((end) => end > entry) - 1;
  listedEntries.forEach((entry, at) => {
    const [straight, turned] = [listOf(layout.indptr, entry), listOf(lists.indptr, at)];
    expect([Math.floor(turned / keyBlocks), lists.indices[at], turned % keyBlocks, lists.tileIndices[at]]).toEqual([
      Math.floor(straight / queryBlocks),
      straight % queryBlocks,
      layout.indices[entry],
      layout.tileIndices[entry],
    ]);
  });
  expect([...listedEntries].sort((a, b) => a - b)).toEqual([...listedEntries.keys()]);
});

it('gives the same object for the same coverage, or for one of the same text, until the caches are cleared', () => {
  const named = (): Coverage => stamped({ ...window(2), cacheKey: () => 'test window 2' });
  const [sizes, one] = [{ queryLength: 40 }, window(2)];
  const [first, firstNamed] = [createLayout(one, sizes), createLayout(named(), sizes)];
  expect(createLayout(one, sizes)).toBe(first);
  expect(createLayout(window(2), sizes)).not.toBe(first);
  expect(createLayout(named(), sizes)).toBe(firstNamed);
  expect(createLayout(named(), { queryLength: 41 })).not.toBe(firstNamed);
  clearCaches();
  expect(createLayout(one, sizes)).toEqual(first);
  expect(createLayout(one, sizes)).not.toBe(first);
  expect(createLayout(named(), sizes)).not.toBe(firstNamed);
});

it.each([
  [{ queryLength: 1 }, 8],
  [{ queryLength: 13 }, 16],
  [{ queryLength: 64 }, 64],
  [{ queryLength: 65 }, 64],
  [{ queryLength: 1, keyLength: 1000 }, 64],
  [{ queryLength: 3, keyLength: 17 }, 24],
  [{ queryLength: 13, blockSize: 64 }, 64],
])('%j is laid out in blocks of %i tokens: short sequences are one block, of their own length', (options, blockSize) => {
  expect(createLayout(window(3), options).blockSize).toBe(blockSize);
});
