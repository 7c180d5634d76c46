import type { BlockLayout } from '@longspan/core-tensor';
import { requireInteger } from '@longspan/core-tensor/error';
import { everySelection } from '../mask/algebra/mask.ts';
import { UNBOUNDED } from '../mask/algebra/require-integers.ts';
import type { Mask } from '../mask/index.ts';
import { type Geometry, type TileRectangle, visibleRectangles } from './descend.ts';
import { cachedLayout } from './layout-cache.ts';
import { TileBitmaps } from './tile-bitmaps.ts';

export interface LayoutOptions {
  readonly queryLength: number;
  /** As many as queries where it is left out. */
  readonly keyLength?: number | undefined;
  /** Tokens along each side of a block; 64. */
  readonly blockSize?: number | undefined;
  /** The position of query 0; by default the last query stands at the last key. */
  readonly queryOffset?: number | undefined;
}

/**
 * Lists the key blocks that each query block sees under a mask, the form that kernels read.
 * Cached by mask and sizes: the same mask, or a short equal one, gives the same object again, so treat it as frozen.
 * @param mask per-head and per-batch masks give a layout with that many heads and batch rows
 * @throws ConfigError when a length or the block size is not an integer of at least 1
 * @cost O(visited blocks · log n) time where the mask's `cover` is exact; 16 bytes per visited block
 * @example
 * const layout = createLayout(slidingWindow({ left: 2, right: 0 }), { queryLength: 12, blockSize: 4 });
 * [layout.entries.length, layout.bitmaps.length / 4]; // => [5, 2]
 * Array.from(layout.offsets); // => [0, 1, 3, 5]
 */
export function createLayout(mask: Mask, options: LayoutOptions): BlockLayout {
  const { queryLength, keyLength = queryLength, blockSize = 64, queryOffset = keyLength - queryLength } = options;
  requireInteger('createLayout', { queryLength, keyLength, blockSize }, 1);
  requireInteger('createLayout', { queryOffset }, UNBOUNDED);
  const geometry: Geometry = { blockSize, queryLength, keyLength, queryOffset };
  return cachedLayout(mask, geometry, () => buildLayout(mask, geometry));
}

type Lists = Pick<BlockLayout, 'offsets' | 'entries' | 'tiles'>;

function buildLayout(mask: Mask, geometry: Geometry): BlockLayout {
  const bitmaps = new TileBitmaps(geometry.blockSize);
  const queryBlocks = Math.ceil(geometry.queryLength / geometry.blockSize);
  const keyBlocks = Math.ceil(geometry.keyLength / geometry.blockSize);
  const perMask = everySelection(mask).map((one) => visibleRectangles(one, geometry, bitmaps));
  const lists = listRows(perMask, queryBlocks);
  const { batch, heads } = mask;
  return {
    ...geometry,
    batch,
    heads,
    ...lists,
    bitmaps: bitmaps.joined(),
    transposed: transpose(lists, perMask.length, queryBlocks, keyBlocks),
  };
}

/** Counting sort of rectangles into rows. Within a row they come in order already. */
function listRows(perMask: readonly (readonly TileRectangle[])[], queryBlocks: number): Lists {
  const offsets = new Int32Array(perMask.length * queryBlocks + 1);
  perMask.forEach((rectangles, plane) => {
    for (const { queries, keys } of rectangles) {
      const width = keys.endBlock - keys.firstBlock;
      const first = plane * queryBlocks;
      for (let row = first + queries.firstBlock; row < first + queries.endBlock; row++)
        offsets[row + 1] = (offsets[row + 1] as number) + width;
    }
  });
  const next = accumulate(offsets);
  const entries = new Int32Array(offsets.at(-1) ?? 0);
  const tiles = new Int32Array(entries.length);
  perMask.forEach((rectangles, plane) => {
    for (const { queries, keys, tile } of rectangles) {
      const first = plane * queryBlocks;
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

/** The same pairs by key block: counting sort, which keeps the query blocks rising. */
function transpose(lists: Lists, planes: number, queryBlocks: number, keyBlocks: number): Lists {
  const offsets = new Int32Array(planes * keyBlocks + 1);
  const entries = new Int32Array(lists.entries.length);
  const tiles = new Int32Array(entries.length);
  const eachPair = (visit: (column: number, query: number, at: number) => void): void => {
    for (let plane = 0; plane < planes; plane++) {
      for (let query = 0; query < queryBlocks; query++) {
        const row = plane * queryBlocks + query;
        const end = lists.offsets[row + 1] as number;
        for (let at = lists.offsets[row] as number; at < end; at++) visit(plane * keyBlocks + (lists.entries[at] as number), query, at);
      }
    }
  };
  eachPair((column) => {
    offsets[column + 1] = (offsets[column + 1] as number) + 1;
  });
  const next = accumulate(offsets);
  eachPair((column, query, at) => {
    const slot = next[column] as number;
    entries[slot] = query;
    tiles[slot] = lists.tiles[at] as number;
    next[column] = slot + 1;
  });
  return { offsets, entries, tiles };
}

/** Turns counts (shifted by one) into offsets in place; gives where each row begins, as a copy to count on. */
function accumulate(counts: Int32Array): Int32Array {
  for (let at = 1; at < counts.length; at++) counts[at] = (counts[at] as number) + (counts[at - 1] as number);
  return counts.slice();
}
