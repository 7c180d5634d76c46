import { createLayout, everySelection } from '@longspan/core-tensor/layout';
import { anyGridMask, anyLeaf, anyMask, anySerialisable, anySpan, anyVaried, pairs } from '@longspan/tooling/arbitrary';
import { effort } from '@longspan/tooling/expect';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { denseMask, drawMask, equalMasks, maskFromJSON } from '../src/mask/index.ts';
import { layoutToDense } from './layout-to-dense.ts';

const extent = fc.record({
  queryLength: fc.integer({ min: 1, max: 70 }),
  keyLength: fc.integer({ min: 1, max: 70 }),
  queryOffset: fc.option(fc.integer({ min: -20, max: 30 }), { nil: undefined }),
});
/** vitest compares typed arrays element by element, which takes most of the time. */
const text = (bits: Uint8Array): string => bits.join('');
const blockSize = fc.constantFrom(1, 2, 3, 7, 16, 31, 32, 33, 40, 64, 100);

it('cover never claims what allows contradicts', () => {
  fc.assert(
    fc.property(anyMask, anySpan, anySpan, (mask, queries, keys) => {
      const claim = mask.cover(queries, keys);
      if (claim === 'some') return;
      for (const [query, key] of pairs(queries, keys))
        if (mask.allows(query, key) !== (claim === 'all')) expect([mask.name, query, key]).toBe(claim);
    }),
    { numRuns: effort(600, 2000) },
  );
});

/** bigBird judges at most 64 blocks one by one. */
const shortSpan = anySpan.map(({ start, end }) => ({ start, end: Math.min(end, start + 8) }));

it.each([
  ['leaf', anyLeaf, 3000],
  ['grid mask', anyGridMask, 3000],
])('cover of a single %s is exact, so that a descent visits no block in vain', (_, masks, numRuns) => {
  fc.assert(
    fc.property(masks, shortSpan, shortSpan, (mask, queries, keys) => {
      const answers = new Set([...pairs(queries, keys)].map(([query, key]) => mask.allows(query, key)));
      expect(mask.cover(queries, keys), mask.name).toBe(answers.size === 2 ? 'some' : answers.has(true) ? 'all' : 'none');
    }),
    { numRuns: effort(numRuns / 3, numRuns) },
  );
});

it.each([
  ['expression', anyMask, 300, 3, 6],
  ['leaf', anyLeaf, 300, 1, 3],
  ['grid mask', anyGridMask, 90, 1, 3],
])('rectangles of one size and one pattern have the same pairs: %s', (_, masks, numRuns, step, longest) => {
  const side = fc.integer({ min: 1, max: longest });
  fc.assert(
    fc.property(masks, side, side, (mask, height, width) => {
      const known = new Map<string, string>();
      for (let start = -7; start < 45; start += step) {
        for (let key = -7; key < 45; key += step) {
          const [queries, keys] = [
            { start, end: start + height },
            { start: key, end: key + width },
          ];
          const pattern = mask.pattern(queries, keys);
          if (pattern === undefined) continue;
          const bits = [...pairs(queries, keys)].map(([p, j]) => (mask.allows(p, j) ? '1' : '0')).join('');
          if ((known.get(pattern) ?? bits) !== bits) expect([mask.name, pattern, bits]).toBe(known.get(pattern));
          known.set(pattern, bits);
        }
      }
    }),
    { numRuns: effort(numRuns / 3, numRuns) },
  );
});

it('the dense picture of a layout equals allows, for rows and for the transposed lists', () => {
  fc.assert(
    fc.property(fc.oneof(anyMask, anyVaried), extent, blockSize, (mask, lengths, size) => {
      const layout = createLayout(mask, { ...lengths, blockSize: size });
      const expected = denseMask(mask, lengths);
      expect(text(layoutToDense(layout)), mask.name).toBe(text(expected));
      expect(text(layoutToDense(layout, 'transposed')), mask.name).toBe(text(expected));
    }),
    { numRuns: effort(200, 600) },
  );
});

it('a layout lists blocks ascending, and stores no bitmap twice, empty or full', () => {
  fc.assert(
    fc.property(fc.oneof(anyMask, anyVaried), extent, blockSize, (mask, lengths, size) => {
      const { indptr, indices, tileIndices, bitmaps, transposed, queryLength, keyLength } = createLayout(mask, {
        ...lengths,
        blockSize: size,
      });
      for (const lists of [{ indptr, indices }, transposed]) {
        expect(lists.indptr.at(-1)).toBe(lists.indices.length);
        for (let row = 0; row + 1 < lists.indptr.length; row++) {
          const listed = lists.indices.slice(lists.indptr[row], lists.indptr[row + 1]);
          expect(listed).toEqual(Int32Array.from(new Set(listed)).sort());
        }
      }
      const words = size * Math.ceil(size / 32);
      const seen = new Set<string>();
      for (let tile = 0; tile * words < bitmaps.length; tile++) {
        const bits = Array.from(bitmaps.slice(tile * words, (tile + 1) * words), (word) => word.toString(2)).join();
        expect(seen.has(bits)).toBe(false);
        seen.add(bits);
        const visible = bits.replaceAll(/[^1]/g, '').length;
        expect(visible).toBeGreaterThan(0);
        expect(visible).toBeLessThan(Math.min(size, queryLength) * Math.min(size, keyLength));
      }
      expect([...new Set(tileIndices)].filter((tile) => tile >= 0).length).toBe(seen.size);
    }),
    { numRuns: effort(100, 300) },
  );
});

it('the bits of a bitmap beyond the last query and key are 0', () => {
  fc.assert(
    fc.property(anyMask, extent, blockSize, (mask, lengths, size) => {
      const layout = createLayout(mask, { ...lengths, blockSize: size });
      const words = Math.ceil(size / 32);
      const queryBlocks = Math.ceil(lengths.queryLength / size);
      for (let row = 0; row < queryBlocks; row++) {
        for (let at = layout.indptr[row]!; at < layout.indptr[row + 1]!; at++) {
          const tile = layout.tileIndices[at]!;
          for (let i = 0; tile >= 0 && i < size; i++) {
            for (let j = 0; j < words * 32; j++) {
              const bit = (layout.bitmaps[(tile * size + i) * words + (j >> 5)]! >>> (j % 32)) & 1;
              const real = j < size && row * size + i < lengths.queryLength && layout.indices[at]! * size + j < lengths.keyLength;
              if (bit === 1 && !real) expect([mask.name, row, i, j]).toBe('a bit of a token that does not exist');
            }
          }
        }
      }
    }),
    { numRuns: effort(100, 300) },
  );
});

it('a mask that went through JSON text is equal and allows the same', () => {
  fc.assert(
    fc.property(fc.oneof(anySerialisable, anyVaried), extent, (mask, lengths) => {
      const copy = maskFromJSON(JSON.parse(JSON.stringify(mask)));
      expect(equalMasks(copy, mask)).toBe(true);
      expect(copy.name).toBe(mask.name);
      expect(text(denseMask(copy, lengths))).toBe(text(denseMask(mask, lengths)));
    }),
    { numRuns: effort(150, 500) },
  );
});

it('and, or and not of expressions per head and per batch row are those of each selected mask', () => {
  fc.assert(
    fc.property(anyVaried, anyVaried, extent, (one, other, lengths) => {
      const both = { batch: Math.max(one.batch, other.batch), heads: Math.max(one.heads, other.heads) };
      const combined = { and: one.and(other), or: one.or(other) };
      for (const by of ['and', 'or'] as const) {
        expect([combined[by].batch, combined[by].heads]).toEqual([both.batch, both.heads]);
        everySelection(combined[by]).forEach((mask, at) => {
          const where = { batch: Math.floor(at / both.heads), head: at % both.heads };
          expect(text(denseMask(mask, lengths))).toBe(text(denseMask(one.select(where)[by](other.select(where)), lengths)));
        });
      }
      expect(text(denseMask(one.not(), lengths))).toBe(text(denseMask(one, lengths).map((bit) => 1 - bit)));
    }),
    { numRuns: effort(25, 80) },
  );
});

it('De Morgan: the negation of an `and` is the `or` of the negations, in pairs and in cover', () => {
  fc.assert(
    fc.property(anyMask, anyMask, anySpan, anySpan, (one, other, queries, keys) => {
      const [left, right] = [one.and(other).not(), one.not().or(other.not())];
      expect(left.cover(queries, keys)).toBe(right.cover(queries, keys));
      for (const [query, key] of pairs(queries, keys)) expect(left.allows(query, key)).toBe(right.allows(query, key));
    }),
    { numRuns: effort(60, 200) },
  );
});

it('a drawing without downsampling shows each pair', () => {
  fc.assert(
    fc.property(anyMask, extent, (mask, lengths) => {
      const cells = drawMask(mask, { ...lengths, size: 70 }).replaceAll('\n', '');
      expect(cells.replaceAll('█', '1').replaceAll('·', '0')).toBe(text(denseMask(mask, lengths)));
    }),
    { numRuns: effort(30, 100) },
  );
});
