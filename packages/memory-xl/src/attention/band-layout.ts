import type { BlockLayout, BlockLists } from '@longspan/core-tensor';
import { blockCount } from '@longspan/core-tensor/kernel';

/** What the queries of a segment see of the memory before it and of each other. */
export interface Band {
  readonly queryLength: number;
  /** Memory and segment together: the last query stands at the last key. */
  readonly keyLength: number;
  /** How many keys before its own a query sees; Infinity for all. */
  readonly reach: number;
  /** The first key that each batch row sees; one number for a band that all share. */
  readonly firstKeys: readonly number[];
  readonly blockSize: number;
}

/** Kernels keep what they derive from a layout by its identity, so equal bands must meet the same object. */
const kept = new Map<string, BlockLayout>();
const keptAtMost = 64;

/**
 * The block layout of a causal band: query p sees the keys from p − reach to p, none before its row's first.
 * Kept for the last 64 bands.
 * @cost O(visited blocks) time the first time, and one bitmap for each different partial tile
 */
export function bandLayout(band: Band): BlockLayout {
  const { queryLength, keyLength, blockSize, firstKeys } = band;
  const reach = Math.min(band.reach, keyLength - 1); // all that is there: other reaches then are the same band
  const text = [queryLength, keyLength, reach, blockSize, ...firstKeys].join();
  const known = kept.get(text);
  if (known !== undefined) {
    kept.delete(text);
    kept.set(text, known); // the last one to be forgotten
    return known;
  }
  const layout = buildLayout({ ...band, reach });
  kept.set(text, layout);
  if (kept.size > keptAtMost) kept.delete(kept.keys().next().value as string);
  return layout;
}

function buildLayout({ queryLength, keyLength, reach, firstKeys, blockSize }: Band): BlockLayout {
  const queryOffset = keyLength - queryLength;
  const [queryBlocks, keyBlocks] = [blockCount(queryLength, blockSize), blockCount(keyLength, blockSize)];
  const offsets = [0];
  const entries: number[] = [];
  const tiles: number[] = [];
  const bitmaps = new Bitmaps(blockSize);
  for (const first of firstKeys) {
    for (let block = 0; block < queryBlocks; block++) {
      const start = queryOffset + block * blockSize;
      const rows = Math.min(blockSize, queryLength - block * blockSize);
      const last = Math.floor((start + rows - 1) / blockSize);
      for (let key = Math.floor(Math.max(first, start - reach) / blockSize); key <= last; key++) {
        const origin = key * blockSize;
        const columns = Math.min(blockSize, keyLength - origin);
        entries.push(key);
        tiles.push(bitmaps.of({ shift: start - origin, rows, columns, reach, first: Math.max(0, first - origin) }));
      }
      offsets.push(entries.length);
    }
  }
  const lists = { offsets: Int32Array.from(offsets), entries: Int32Array.from(entries), tiles: Int32Array.from(tiles) };
  return {
    blockSize,
    queryLength,
    keyLength,
    queryOffset,
    batch: firstKeys.length,
    heads: 1,
    ...lists,
    bitmaps: bitmaps.joined(),
    transposed: transpose(lists, firstKeys.length, queryBlocks, keyBlocks),
  };
}

/** One tile of the band: cell (i, j) is visible where 0 ≤ shift + i − j ≤ reach and j ≥ first. */
interface Tile {
  readonly shift: number;
  readonly rows: number;
  readonly columns: number;
  readonly reach: number;
  readonly first: number;
}

/** The bitmaps of the partial tiles, each different one once. */
class Bitmaps {
  readonly #blockSize: number;
  readonly #words: number[] = [];
  readonly #known = new Map<string, number>();

  constructor(blockSize: number) {
    this.#blockSize = blockSize;
  }

  /** −1 where all of the tile is visible, else the index of its bitmap. */
  of(tile: Tile): number {
    const { shift, rows, columns, reach, first } = tile;
    if (columns - 1 <= shift && shift + rows - 1 <= reach && first === 0) return -1;
    const text = `${shift},${rows},${columns},${first}`;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const made = this.#known.size;
    this.#known.set(text, made);
    this.#append(tile);
    return made;
  }

  joined(): Uint32Array {
    return Uint32Array.from(this.#words);
  }

  #append({ shift, rows, columns, reach, first }: Tile): void {
    const wordsPerRow = Math.ceil(this.#blockSize / 32);
    for (let i = 0; i < this.#blockSize; i++) {
      const words = new Uint32Array(wordsPerRow);
      for (let j = first; j < columns && i < rows; j++) {
        const distance = shift + i - j;
        if (distance >= 0 && distance <= reach) words[j >> 5] = (words[j >> 5] as number) | (1 << (j & 31));
      }
      this.#words.push(...words);
    }
  }
}

/** The same pairs by key block: a counting sort, which keeps the query blocks rising. */
function transpose(lists: BlockLists, batch: number, queryBlocks: number, keyBlocks: number): BlockLists {
  const counts = new Int32Array(batch * keyBlocks + 1);
  const eachPair = (visit: (column: number, query: number, at: number) => void): void => {
    for (let row = 0; row < batch * queryBlocks; row++) {
      const first = Math.floor(row / queryBlocks) * keyBlocks;
      for (let at = lists.offsets[row] as number; at < (lists.offsets[row + 1] as number); at++) {
        visit(first + (lists.entries[at] as number), row % queryBlocks, at);
      }
    }
  };
  eachPair((column) => {
    counts[column + 1] = (counts[column + 1] as number) + 1;
  });
  for (let at = 1; at < counts.length; at++) counts[at] = (counts[at] as number) + (counts[at - 1] as number);
  const next = counts.slice();
  const [entries, tiles] = [new Int32Array(lists.entries.length), new Int32Array(lists.entries.length)];
  eachPair((column, query, at) => {
    const slot = next[column] as number;
    entries[slot] = query;
    tiles[slot] = lists.tiles[at] as number;
    next[column] = slot + 1;
  });
  return { offsets: counts, entries, tiles };
}
