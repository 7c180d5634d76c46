import { createLayout } from '@longspan/core-tensor/layout';
import { expect, it } from 'vitest';
import { causal, type Mask, mask, segments, slidingWindow } from '../index.ts';

/** A mask that counts how often it is asked, within so many masks that each ask the one below. */
function nested(depth: number, around: (inner: Mask, at: number) => Mask): { readonly whole: Mask; readonly asked: () => number } {
  let count = 0;
  const window = slidingWindow({ left: 5, right: 0 });
  const inner = mask({
    name: 'counted',
    allows: window.allows,
    cover: (queries, keys) => {
      count++;
      return window.cover(queries, keys);
    },
    pattern: (queries, keys) => window.pattern(queries, keys),
  });
  return { whole: Array.from({ length: depth }, (_, at) => at).reduce(around, inner), asked: () => count };
}

it.each<[string, (inner: Mask, at: number) => Mask]>([
  ['not', (inner) => inner.not()],
  ['and, or', (inner, at) => (at % 2 === 0 ? inner.and(causal()) : inner.or(slidingWindow({ left: at % 7, right: 0 })))],
  ['and not', (inner) => inner.and(causal()).not()],
  ['between segments', (inner) => segments({ text: 64 }).between('text', 'text', inner)],
])('a pattern of 200 masks within each other by %s asks the innermost once', (_, around) => {
  const { whole, asked } = nested(200, around);
  const [queries, keys] = [
    { start: 8, end: 16 },
    { start: 8, end: 16 },
  ];
  const before = asked();
  const pattern = whole.pattern(queries, keys);
  expect(asked() - before).toBe(1);
  const next = { start: 16, end: 24 };
  if (whole.cover(queries, keys) === 'some') expect(whole.pattern(next, next)).toBe(pattern);
});

it('a layout of masks within each other has the pairs of their rule', () => {
  const { whole } = nested(31, (inner, at) => (at % 2 === 0 ? inner.or(slidingWindow({ left: 1, right: 1 })) : inner.and(causal()).not()));
  const { indptr, indices, tileIndices, bitmaps } = createLayout(whole, { queryLength: 24, blockSize: 8 });
  for (let query = 0; query < 24; query++) {
    for (let key = 0; key < 24; key++) {
      const [block, row] = [query >> 3, query & 7];
      const entry = indices.subarray(indptr[block], indptr[block + 1]).indexOf(key >> 3);
      const tile = entry < 0 ? -2 : (tileIndices[(indptr[block] as number) + entry] as number);
      const seen = tile === -1 || (tile >= 0 && (((bitmaps[tile * 8 + row] as number) >>> (key & 7)) & 1) === 1);
      expect([query, key, seen]).toEqual([query, key, whole.allows(query, key)]);
    }
  }
});
