import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BlockLayout } from '../../../layout/block-layout.ts';
import { plan } from './plan.ts';

const none = { indptr: new Int32Array(1), indices: new Int32Array(0), tileIndices: new Int32Array(0) };

/** A layout of one-token blocks whose lists have these lengths. */
function layoutOf(lengths: readonly number[], heads: number): BlockLayout {
  const indptr = Int32Array.from([0, ...lengths]);
  for (let row = 1; row < indptr.length; row++) indptr[row] = (indptr[row] as number) + (indptr[row - 1] as number);
  const indices = Int32Array.from(lengths.flatMap((length) => Array.from({ length }, (_, at) => at)));
  const queryLength = lengths.length / heads;
  return {
    blockSize: 1,
    queryLength,
    keyLength: 100,
    queryOffset: 0,
    batch: 1,
    heads,
    indptr,
    indices,
    tileIndices: indices.map(() => -1),
    bitmaps: new Uint32Array(0),
    transposed: none,
  };
}

it('a plan computes every query block once, lists every block once, and pads a list by a third at most', () => {
  const lengths = fc
    .array(fc.oneof(fc.nat(6), fc.nat(90)), { minLength: 2, maxLength: 40 })
    .map((list) => (list.length % 2 ? [...list, 0] : list));
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 200 }), (list, tilesPerChunk) => {
      const layout = layoutOf(list, 2);
      const sizes = { batch: 2, heads: 2, keyHeads: 2, queryLength: list.length / 2, keyLength: 100, headDim: 4, valueDim: 4 };
      const { chunks, places } = plan(layout, sizes, tilesPerChunk, 0);
      const joined = chunks.flatMap(({ rows }) => [...rows]);
      expect([...joined].sort((a, b) => a - b)).toEqual(Array.from({ length: list.length * 2 }, (_, row) => row));
      expect([...places].map((place) => joined[place])).toEqual(Array.from({ length: list.length * 2 }, (_, row) => row));
      for (const { rows, width, listed } of chunks) {
        rows.forEach((row, at) => {
          const start = layout.indptr[row % list.length] as number;
          const length = list[row % list.length] as number;
          const own = [...listed.slice(at * width, (at + 1) * width)];
          expect(own).toEqual([...Array.from({ length }, (_, i) => start + i), ...Array<number>(width - length).fill(-1)]);
          expect(width).toBeLessThanOrEqual(Math.max(1, Math.ceil((length * 4) / 3)) * (length === 0 ? 0 : 1));
        });
        expect(rows.length === 1 || rows.length * width <= tilesPerChunk).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
