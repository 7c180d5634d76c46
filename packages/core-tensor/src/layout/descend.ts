import { blockCount } from './block-layout.ts';
import type { Coverage } from './coverage.ts';
import type { ResolvedExtent } from './extent.ts';
import type { Span } from './span.ts';
import { EMPTY, FULL, type TileBitmaps } from './tile-bitmaps.ts';

/** Consecutive blocks and the positions they cover. */
interface BlockSpan extends Span {
  readonly firstBlock: number;
  readonly endBlock: number;
}

/** A rectangle of blocks that all have the same tile. */
export interface TileRectangle {
  readonly queries: BlockSpan;
  readonly keys: BlockSpan;
  readonly tile: number;
}

/** How two sequences are cut into blocks. */
export interface Geometry extends ResolvedExtent {
  readonly blockSize: number;
}

/**
 * Finds the visible rectangles of a shared coverage by descent from the whole: only where it says 'some' it descends, so the
 * cost is O(visited blocks · log n). For any one query block the rectangles come in the order of their keys.
 */
export function visibleRectangles(coverage: Coverage, geometry: Geometry, bitmaps: TileBitmaps): readonly TileRectangle[] {
  const { blockSize, queryLength, keyLength, queryOffset } = geometry;
  const found: TileRectangle[] = [];
  const tileOfPattern = new Map<string, number>();

  const partial = (queries: Span, keys: Span): number => {
    const pattern = coverage.pattern(queries, keys);
    if (pattern === undefined) return bitmaps.of(coverage, queries, keys);
    const name = `${queries.end - queries.start},${keys.end - keys.start},${pattern}`;
    let tile = tileOfPattern.get(name);
    if (tile === undefined) {
      tile = bitmaps.of(coverage, queries, keys);
      tileOfPattern.set(name, tile);
    }
    return tile;
  };
  const descend = (queries: BlockSpan, keys: BlockSpan): void => {
    const cover = coverage.cover(queries, keys);
    if (cover === 'none') return;
    if (cover === 'all') {
      found.push({ queries, keys, tile: FULL });
      return;
    }
    const oneRow = queries.endBlock - queries.firstBlock === 1;
    const oneColumn = keys.endBlock - keys.firstBlock === 1;
    if (oneRow && oneColumn) {
      const tile = partial(queries, keys);
      if (tile !== EMPTY) found.push({ queries, keys, tile });
      return;
    }
    if (oneRow) {
      descend(queries, firstHalf(keys, blockSize));
      descend(queries, secondHalf(keys, blockSize));
      return;
    }
    const top = firstHalf(queries, blockSize);
    const bottom = secondHalf(queries, blockSize);
    if (oneColumn) {
      descend(top, keys);
      descend(bottom, keys);
      return;
    }
    const left = firstHalf(keys, blockSize);
    const right = secondHalf(keys, blockSize);
    descend(top, left);
    descend(top, right);
    descend(bottom, left);
    descend(bottom, right);
  };

  descend(blockSpan(queryOffset, queryLength, blockSize), blockSpan(0, keyLength, blockSize));
  return found;
}

const blockSpan = (start: number, length: number, blockSize: number): BlockSpan => ({
  start,
  end: start + length,
  firstBlock: 0,
  endBlock: blockCount(length, blockSize),
});

const half = ({ firstBlock, endBlock }: BlockSpan): number => (endBlock - firstBlock) >>> 1;

function firstHalf(whole: BlockSpan, blockSize: number): BlockSpan {
  const { start, firstBlock } = whole;
  return { start, end: start + half(whole) * blockSize, firstBlock, endBlock: firstBlock + half(whole) };
}

function secondHalf(whole: BlockSpan, blockSize: number): BlockSpan {
  const { start, end, firstBlock, endBlock } = whole;
  return { start: start + half(whole) * blockSize, end, firstBlock: firstBlock + half(whole), endBlock };
}
