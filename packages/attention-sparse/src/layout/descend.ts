import type { Mask, Span } from '../mask/index.ts';
import { EMPTY, FULL, type TileBitmaps } from './tile-bitmaps.ts';

/** Consecutive blocks and the positions they cover. */
interface Stretch extends Span {
  readonly firstBlock: number;
  readonly endBlock: number;
}

/** A rectangle of blocks that all have the same tile. */
export interface TileRectangle {
  readonly queries: Stretch;
  readonly keys: Stretch;
  readonly tile: number;
}

export interface Geometry {
  readonly blockSize: number;
  readonly queryLength: number;
  readonly keyLength: number;
  readonly queryOffset: number;
}

/**
 * Finds the visible rectangles of a shared mask by descent from the whole: only where the mask says 'some' it looks closer, so the
 * cost is O(visited blocks · log n). For any one query block the rectangles come in the order of their keys.
 */
export function visibleRectangles(mask: Mask, geometry: Geometry, bitmaps: TileBitmaps): readonly TileRectangle[] {
  const { blockSize, queryLength, keyLength, queryOffset } = geometry;
  const found: TileRectangle[] = [];
  const tileOfPattern = new Map<string, number>();

  const partial = (queries: Span, keys: Span): number => {
    const pattern = mask.pattern(queries, keys);
    if (pattern === undefined) return bitmaps.of(mask, queries, keys);
    const name = `${queries.end - queries.start},${keys.end - keys.start},${pattern}`;
    let tile = tileOfPattern.get(name);
    if (tile === undefined) {
      tile = bitmaps.of(mask, queries, keys);
      tileOfPattern.set(name, tile);
    }
    return tile;
  };
  const descend = (queries: Stretch, keys: Stretch): void => {
    const cover = mask.cover(queries, keys);
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

  descend(stretch(queryOffset, queryLength, blockSize), stretch(0, keyLength, blockSize));
  return found;
}

const stretch = (start: number, length: number, blockSize: number): Stretch => ({
  start,
  end: start + length,
  firstBlock: 0,
  endBlock: Math.ceil(length / blockSize),
});

const half = ({ firstBlock, endBlock }: Stretch): number => (endBlock - firstBlock) >>> 1;

function firstHalf(whole: Stretch, blockSize: number): Stretch {
  const { start, firstBlock } = whole;
  return { start, end: start + half(whole) * blockSize, firstBlock, endBlock: firstBlock + half(whole) };
}

function secondHalf(whole: Stretch, blockSize: number): Stretch {
  const { start, end, firstBlock, endBlock } = whole;
  return { start: start + half(whole) * blockSize, end, firstBlock: firstBlock + half(whole), endBlock };
}
