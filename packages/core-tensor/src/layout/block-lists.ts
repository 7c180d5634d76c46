import { type BlockLists, blockCount } from './block-layout.ts';
import type { Geometry, TileRectangle } from './descend.ts';

/** Compressed rows of the rectangles of each slice, a batch row and head each. Within a row they come in order already. */
export function listRows(slices: readonly (readonly TileRectangle[])[], queryBlocks: number): BlockLists {
  const offsets = new Int32Array(slices.length * queryBlocks + 1);
  slices.forEach((rectangles, slice) => {
    for (const { queries, keys } of rectangles) {
      const width = keys.endBlock - keys.firstBlock;
      const first = slice * queryBlocks;
      for (let row = first + queries.firstBlock; row < first + queries.endBlock; row++)
        offsets[row + 1] = (offsets[row + 1] as number) + width;
    }
  });
  const next = accumulate(offsets);
  const entries = new Int32Array(offsets.at(-1) ?? 0);
  const tiles = new Int32Array(entries.length);
  slices.forEach((rectangles, slice) => {
    for (const { queries, keys, tile } of rectangles) {
      const first = slice * queryBlocks;
      for (let row = first + queries.firstBlock; row < first + queries.endBlock; row++) {
        let slot = next[row] as number;
        for (let key = keys.firstBlock; key < keys.endBlock; key++) {
          entries[slot] = key;
          tiles[slot++] = tile;
        }
        next[row] = slot;
      }
    }
  });
  return { offsets, entries, tiles };
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
 * const lists = { offsets: Int32Array.of(0, 1, 3), entries: Int32Array.of(0, 0, 1), tiles: Int32Array.of(0, -1, 0) };
 * Array.from(transposed(lists, 1, { blockSize: 4, queryLength: 8, keyLength: 8 }).lists.entries); // => [0, 1, 1]
 */
export function transposed(
  { offsets, entries, tiles }: BlockLists,
  slices: number,
  { blockSize, queryLength, keyLength }: Pick<Geometry, 'blockSize' | 'queryLength' | 'keyLength'>,
): Transposed {
  const [queryBlocks, keyBlocks] = [blockCount(queryLength, blockSize), blockCount(keyLength, blockSize)];
  const counts = new Int32Array(slices * keyBlocks + 1);
  const eachEntry = (visit: (row: number, queryBlock: number, entry: number) => void): void => {
    for (let slice = 0; slice < slices; slice++) {
      for (let query = 0; query < queryBlocks; query++) {
        const row = slice * queryBlocks + query;
        const end = offsets[row + 1] as number;
        for (let entry = offsets[row] as number; entry < end; entry++) visit(slice * keyBlocks + (entries[entry] as number), query, entry);
      }
    }
  };
  eachEntry((row) => {
    counts[row + 1] = (counts[row + 1] as number) + 1;
  });
  const next = accumulate(counts);
  const listedEntries = new Int32Array(entries.length);
  const queries = new Int32Array(entries.length);
  const tileOf = new Int32Array(entries.length);
  eachEntry((row, queryBlock, entry) => {
    const slot = next[row] as number;
    next[row] = slot + 1;
    listedEntries[slot] = entry;
    queries[slot] = queryBlock;
    tileOf[slot] = tiles[entry] as number;
  });
  return { lists: { offsets: counts, entries: queries, tiles: tileOf }, listedEntries };
}

/** Turns counts (shifted by one) into offsets in place; gives where each row begins, as a copy to count on. */
function accumulate(counts: Int32Array): Int32Array {
  for (let at = 1; at < counts.length; at++) counts[at] = (counts[at] as number) + (counts[at - 1] as number);
  return counts.slice();
}
