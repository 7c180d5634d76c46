import { expect, it } from 'vitest';
import { type BlockLayout, coverOfRange, createLayout, requireLayout, sharedCoverage } from './index.ts';

const band = sharedCoverage({
  allows: (query, key) => key <= query && query - key <= 5,
  cover: (queries, keys) => coverOfRange(queries.start - keys.end + 1, queries.end - 1 - keys.start, 0, 5),
});
const layout = createLayout(band, { queryLength: 14, blockSize: 4 });
const copy = (): BlockLayout => structuredClone(layout);

it('a layout is frozen, so that a change throws where it is made', () => {
  expect(() => Object.assign(layout, { queryLength: 7 })).toThrow(TypeError);
  expect(() => Object.assign(layout.transposed, { indices: layout.indices })).toThrow(TypeError);
  expect(layout.queryLength).toBe(14);
});

it('a copy, as a worker gets it, is a layout while its lists fit each other', () => {
  expect(copy()).toEqual(layout);
  expect(() => requireLayout('f', copy())).not.toThrow();
});

/** The same list with one number changed. */
const changed = (list: Int32Array, at: number, to: number): Int32Array => list.map((value, index) => (index === at ? to : value));

it.each<[string, Partial<BlockLayout>]>([
  ['a block that there is not', { indices: changed(layout.indices, 2, 9) }],
  ['a block before the first', { indices: changed(layout.indices, 0, -1) }],
  ['a block twice', { indices: changed(layout.indices, 2, layout.indices[1] as number) }],
  ['a tile that there is not', { tileIndices: changed(layout.tileIndices, 0, 99) }],
  ['offsets beyond the lists', { indptr: changed(layout.indptr, layout.indptr.length - 1, 99) }],
  ['offsets that descend', { indptr: changed(layout.indptr, 1, 99) }],
  ['half a bitmap', { bitmaps: layout.bitmaps.slice(1) }],
  ['other lists of keys', { transposed: { ...layout.transposed, indices: changed(layout.transposed.indices, 0, 1) } }],
  ['more heads', { heads: 2 }],
  ['more keys', { keyLength: 40 }],
])('a copy with %s is refused before a kernel reads it', (_, fields) => {
  expect(() => requireLayout('f', { ...copy(), ...fields })).toThrow(
    'f: the lists of a layout must fit its sizes and each other.\n' +
      '  expected  what createLayout(mask, { queryLength, keyLength, … }) gives, as it is\n' +
      '  got       lists that were changed, or that belong to another layout\n' +
      '  remedy    make it with createLayout, for these sizes.',
  );
});
