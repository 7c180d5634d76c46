import { requireInteger, requireKind, requireKnown, stamped } from '../error/index.ts';
import { type BlockLayout, blockCount } from './block-layout.ts';
import { listRows, transposed } from './block-lists.ts';
import { type Coverage, everySelection } from './coverage.ts';
import { type Geometry, type TileRectangle, visibleRectangles } from './descend.ts';
import { type Extent, resolveExtent } from './extent.ts';
import { cachedLayout } from './layout-cache.ts';
import { requireEntries, requireSlices } from './layout-limits.ts';
import { TileBitmaps } from './tile-bitmaps.ts';

export interface LayoutOptions extends Extent {
  /** Tokens along each side of a block; 64, and where both sequences are shorter, their length filled up to a multiple of 8. */
  readonly blockSize?: number | undefined;
}

/**
 * Lists the key blocks that each query block attends to under a mask (or any other coverage), the form that kernels read.
 * Cached by mask and sizes: the same mask, or a short equal one, gives the same object again, which is frozen; leave the numbers in its lists as they are.
 * @param coverage per-head and per-batch masks give a layout with that many heads and batch rows
 * @throws ConfigError when a length or the block size is not an integer of at least 1, or an option is unknown; for a layout of more than
 *   65,536 masks of heads and batch rows, 16,777,216 lists or 268,435,456 visited blocks
 * @cost O(visited blocks · log n) time where `cover` is exact; 16 bytes per visited block
 * @example
 * const window = sharedCoverage({
 *   allows: (query, key) => key <= query && key >= query - 2,
 *   cover: (queries, keys) => coverOfRange(queries.start - keys.end + 1, queries.end - 1 - keys.start, 0, 2),
 * });
 * const layout = createLayout(window, { queryLength: 12, blockSize: 4 });
 * [layout.indices.length, layout.bitmaps.length / 4]; // => [5, 2]
 * Array.from(layout.indptr); // => [0, 1, 3, 5]
 */
export function createLayout(coverage: Coverage, options: LayoutOptions): BlockLayout {
  requireKnown('createLayout', options, { queryLength: true, keyLength: true, queryOffset: true, blockSize: true });
  return layoutOf('createLayout', coverage, options);
}

/** The same for options whose names are known, in the name of the function that was called. */
export function layoutOf(caller: string, coverage: Coverage, options: LayoutOptions): BlockLayout {
  requireKind(caller, 'mask', coverage, 'mask');
  const extent = resolveExtent(caller, options);
  const { blockSize = usualBlockSize(extent) } = options;
  requireInteger(caller, { blockSize }, 1, { atMost: largestBlock });
  const geometry: Geometry = { blockSize, ...extent };
  return cachedLayout(coverage, geometry, () => buildLayout(caller, coverage, geometry));
}

/** Tokens along the longest side of a block: a tile of such blocks has a bitmap of 2 MiB, and 64 MiB of scores. */
export const largestBlock = 4096;

/** Sequences shorter than a block are one block all the same, which then has no rows of padding to compute. */
const usualBlockSize = ({ queryLength, keyLength }: Omit<Geometry, 'blockSize'>): number =>
  Math.min(64, 8 * Math.ceil(Math.max(queryLength, keyLength) / 8));

function buildLayout(caller: string, coverage: Coverage, geometry: Geometry): BlockLayout {
  requireSlices(caller, coverage, geometry);
  const bitmaps = new TileBitmaps(geometry.blockSize);
  const { batch, heads } = coverage;
  const ofEqual = new Map<Coverage | string, readonly TileRectangle[]>();
  let entries = 0;
  const slices = everySelection(coverage).map((one) => {
    const name = one.cacheKey() ?? one; // heads and batch rows that are alike are searched once
    const rectangles = ofEqual.get(name) ?? visibleRectangles(one, geometry, bitmaps);
    ofEqual.set(name, rectangles);
    for (const { queries, keys } of rectangles) entries += (queries.endBlock - queries.firstBlock) * (keys.endBlock - keys.firstBlock);
    requireEntries(caller, entries, geometry);
    return rectangles;
  });
  const lists = listRows(slices, blockCount(geometry.queryLength, geometry.blockSize));
  return stamped({
    ...geometry,
    batch,
    heads,
    ...lists,
    bitmaps: bitmaps.joined(),
    transposed: stamped(transposed(lists, slices.length, geometry).lists),
  });
}
