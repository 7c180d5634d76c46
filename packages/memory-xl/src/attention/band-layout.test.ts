import { causal, createLayout, everything, type Mask, mask, perBatch, slidingWindow } from '@longspan/attention-sparse';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandLayout } from './band-layout.ts';

/** Every pair that a layout shows, as 0 and 1 by batch row, query and key. */
function pairs({
  blockSize,
  queryLength,
  keyLength,
  batch,
  indptr,
  indices,
  tileIndices,
  bitmaps,
}: ReturnType<typeof bandLayout>): Uint8Array {
  const queryBlocks = Math.ceil(queryLength / blockSize);
  const shown = new Uint8Array(batch * queryLength * keyLength);
  for (let row = 0; row < batch; row++) {
    for (let query = 0; query < queryLength; query++) {
      const list = row * queryBlocks + Math.floor(query / blockSize);
      for (let at = indptr[list] as number; at < (indptr[list + 1] as number); at++) {
        for (let column = 0; column < blockSize; column++) {
          const key = (indices[at] as number) * blockSize + column;
          if (key >= keyLength) continue;
          const word = ((tileIndices[at] as number) * blockSize + (query % blockSize)) * Math.ceil(blockSize / 32) + (column >> 5);
          if (tileIndices[at] === -1 || (((bitmaps[word] as number) >>> (column & 31)) & 1) === 1)
            shown[(row * queryLength + query) * keyLength + key] = 1;
        }
      }
    }
  }
  return shown;
}

const bands = fc
  .record({
    queryLength: fc.integer({ min: 1, max: 90 }),
    memory: fc.integer({ min: 0, max: 90 }),
    reach: fc.oneof(fc.integer({ min: 0, max: 120 }), fc.constant(Number.POSITIVE_INFINITY)),
    blockSize: fc.constantFrom(4, 16, 33, 64),
    rows: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
  })
  .map(({ queryLength, memory, reach, blockSize, rows }) => ({
    queryLength,
    keyLength: memory + queryLength,
    reach,
    blockSize,
    firstKeys: rows.map((row) => row % (memory + 1)),
  }));

describe('a band layout', () => {
  it('shows the pairs of its definition, no others, and its key-major lists the same', () => {
    fc.assert(
      fc.property(bands, (band) => {
        const layout = bandLayout(band);
        const offset = band.keyLength - band.queryLength;
        const expected = band.firstKeys.flatMap((first) =>
          Array.from({ length: band.queryLength * band.keyLength }, (_, at) => {
            const [query, key] = [offset + Math.floor(at / band.keyLength), at % band.keyLength];
            return key >= first && key <= query && query - key <= band.reach ? 1 : 0;
          }),
        );
        expect(Array.from(pairs(layout))).toEqual(expected);
        const { indptr, indices, tileIndices } = layout.transposed;
        const turned: string[] = [];
        const keyBlocks = Math.ceil(band.keyLength / band.blockSize);
        for (let list = 0; list + 1 < indptr.length; list++)
          for (let at = indptr[list] as number; at < (indptr[list + 1] as number); at++)
            turned.push(`${Math.floor(list / keyBlocks)},${indices[at]},${list % keyBlocks},${tileIndices[at]}`);
        const queryBlocks = Math.ceil(band.queryLength / band.blockSize);
        const straight: string[] = [];
        for (let list = 0; list + 1 < layout.indptr.length; list++)
          for (let at = layout.indptr[list] as number; at < (layout.indptr[list + 1] as number); at++)
            straight.push(`${Math.floor(list / queryBlocks)},${list % queryBlocks},${layout.indices[at]},${layout.tileIndices[at]}`);
        expect([...turned].sort()).toEqual([...straight].sort());
      }),
      { numRuns: 300 },
    );
  });

  it('is the layout that attention-sparse makes of the same mask: the same blocks, full and partial', () => {
    fc.assert(
      fc.property(bands, (band) => {
        const from = (first: number): Mask =>
          first === 0
            ? everything()
            : mask({
                name: `from ${first}`,
                allows: (_, key) => key >= first,
                cover: (_, keys) => (keys.start >= first ? 'all' : keys.end <= first ? 'none' : 'some'),
              });
        const window = Number.isFinite(band.reach) ? slidingWindow({ left: band.reach, right: 0 }).and(causal()) : causal();
        const layout = createLayout(perBatch(band.firstKeys.map((first) => window.and(from(first)))), {
          queryLength: band.queryLength,
          keyLength: band.keyLength,
          blockSize: band.blockSize,
        });
        const ours = bandLayout(band);
        expect(ours.indptr).toEqual(layout.indptr);
        expect(ours.indices).toEqual(layout.indices);
        expect(ours.tileIndices.map((tile) => (tile < 0 ? 1 : 0))).toEqual(layout.tileIndices.map((tile) => (tile < 0 ? 1 : 0)));
      }),
      { numRuns: 100 },
    );
  });

  it('is the same object for an equal band, so that kernels find what they have derived from it', () => {
    const band = { queryLength: 100, keyLength: 130, reach: 500, blockSize: 64, firstKeys: [3] };
    expect(bandLayout({ ...band, reach: 600, firstKeys: [3] })).toBe(bandLayout(band));
    expect(bandLayout({ ...band, reach: 20 })).not.toBe(bandLayout(band));
  });
});
