import { type BlockLists, blockCount } from './block-layout.ts';
import type { Geometry, TileRectangle } from './descend.ts';

/** Compressed rows of the rectangles of each slice, a batch row and head each. Within a row they come in order already. */
export function listRows(slices: readonly (readonly TileRectangle[])[], queryBlocks: number): BlockLists {
  const indptr = new Int32Array(slices.length * queryBlocks + 1);
  slices.forEach((rectangles, slice) => {
    for (const { queries, keys } of rectangles) {
      const width = keys.endBlock - keys.firstBlock;
      const first = slice * queryBlocks;
      for (let row = first + queries.firstBlock; row < first + queries.endBlock; row++)
        indptr[row + 1] = (indptr[row + 1] as number) + width;
    }
  });
  const next = accumulate(indptr);
  const indices = new Int32Array(indptr.at(-1) ?? 0);
  const tileIndices = new Int32Array(indices.length);
  slices.forEach((rectangles, slice) => {
    for (const { queries, keys, tile } of rectangles) {
      const first = slice * queryBlocks;
      for (let row = first + queries.firstBlock; row < first + queries.endBlock; row++) {
        let slot = next[row] as number;
        for (let key = keys.firstBlock; key < keys.endBlock; key++) {
          indices[slot] = key;
          tileIndices[slot++] = tile;
        }
        next[row] = slot;
      }
    }
  });
  return { indptr, indices, tileIndices };
}

/** The pairs of some lists key-major. */
export interface Transposed {
  /** Row `slice · keyBlocks + keyBlock` lists query blocks. */
  readonly lists: BlockLists;
  /** Which entry of the query-major lists each of their entries is. */
  readonly listedEntries: Int32Array;
}

/**
 * The same pairs by key block: a counting sort, which keeps the query blocks ascending.
 * @param lists of `slices` · ceil(queryLength / blockSize) query blocks
 * @cost O(slices · (query blocks + key blocks) + entries), on the host
 * @example
 * const lists = { indptr: Int32Array.of(0, 1, 3), indices: Int32Array.of(0, 0, 1), tileIndices: Int32Array.of(0, -1, 0) };
 * Array.from(transposed(lists, 1, { blockSize: 4, queryLength: 8, keyLength: 8 }).lists.indices); // => [0, 1, 1]
 */
export function transposed(
  { indptr, indices, tileIndices }: BlockLists,
  slices: number,
  { blockSize, queryLength, keyLength }: Pick<Geometry, 'blockSize' | 'queryLength' | 'keyLength'>,
): Transposed {
  const [queryBlocks, keyBlocks] = [blockCount(queryLength, blockSize), blockCount(keyLength, blockSize)];
  const counts = new Int32Array(slices * keyBlocks + 1);
  const eachEntry = (visit: (row: number, queryBlock: number, entry: number) => void): void => {
    for (let slice = 0; slice < slices; slice++) {
      for (let query = 0; query < queryBlocks; query++) {
        const row = slice * queryBlocks + query;
        const end = indptr[row + 1] as number;
        for (let entry = indptr[row] as number; entry < end; entry++) visit(slice * keyBlocks + (indices[entry] as number), query, entry);
      }
    }
  };
  eachEntry((row) => {
    counts[row + 1] = (counts[row + 1] as number) + 1;
  });
  const next = accumulate(counts);
  const listedEntries = new Int32Array(indices.length);
  const queries = new Int32Array(indices.length);
  const tileOf = new Int32Array(indices.length);
  eachEntry((row, queryBlock, entry) => {
    const slot = next[row] as number;
    next[row] = slot + 1;
    listedEntries[slot] = entry;
    queries[slot] = queryBlock;
    tileOf[slot] = tileIndices[entry] as number;
  });
  return { lists: { indptr: counts, indices: queries, tileIndices: tileOf }, listedEntries };
}

/** Turns counts (shifted by one) into offsets in place; gives where each row begins, as a copy to count on. */
function accumulate(counts: Int32Array): Int32Array {
  for (let at = 1; at < counts.length; at++) counts[at] = (counts[at] as number) + (counts[at - 1] as number);
  return counts.slice();
}
