import type { Mask } from '@longspan/attention-sparse/mask';

/** Cells along a side of a tile. */
export const tileCells = 128;

/** Further halvings within a cell that the mask covers in part: its share is then known to a sixteenth. */
const finer = 2;

export interface TileShares {
  /** How much of each cell is visible, from 0 to 255, row by row. What is visible at all is at least 1. */
  readonly shares: Uint8Array;
  /** How often the mask was asked: the work that was done. */
  readonly asked: number;
}

/**
 * How much of each cell of a tile a mask shows. It asks the mask for rectangles and halves only those that it covers in part, so that the
 * work follows the borders of the pattern and never its area.
 * @param cell tokens along a side of a cell, a power of two
 * @param row the tile's place, in tiles
 */
export function sharesOfTile(
  mask: Mask,
  length: number,
  { cell, row, column }: { readonly cell: number; readonly row: number; readonly column: number },
): TileShares {
  const shares = new Uint8Array(tileCells * tileCells);
  let asked = 0;
  const side = tileCells * cell;

  const visible = (top: number, left: number, size: number, depth: number): number => {
    const queries = { start: top, end: Math.min(length, top + size) };
    const keys = { start: left, end: Math.min(length, left + size) };
    if (queries.start >= queries.end || keys.start >= keys.end) return 0;
    asked += 1;
    const cover = mask.cover(queries, keys);
    if (cover !== 'some') return cover === 'all' ? 1 : 0;
    if (size === 1) return mask.allows(top, left) ? 1 : 0;
    if (depth === 0) return 0.5;
    const half = size / 2;
    const quarters = [
      visible(top, left, half, depth - 1),
      visible(top, left + half, half, depth - 1),
      visible(top + half, left, half, depth - 1),
      visible(top + half, left + half, half, depth - 1),
    ];
    return quarters.reduce((sum, each) => sum + each, 0) / 4;
  };

  const fill = (top: number, left: number, cells: number, share: number): void => {
    const value = share === 0 ? 0 : Math.max(1, Math.round(share * 255));
    for (let at = top; at < top + cells; at++) shares.fill(value, at * tileCells + left, at * tileCells + left + cells);
  };

  const descend = (top: number, left: number, cells: number): void => {
    const from = { query: row * side + top * cell, key: column * side + left * cell };
    if (from.query >= length || from.key >= length) return;
    if (cells === 1) {
      fill(top, left, 1, visible(from.query, from.key, cell, Math.min(finer, Math.log2(cell))));
      return;
    }
    asked += 1;
    const size = cells * cell;
    const cover = mask.cover(
      { start: from.query, end: Math.min(length, from.query + size) },
      { start: from.key, end: Math.min(length, from.key + size) },
    );
    const isWhole = from.query + size <= length && from.key + size <= length;
    if (cover === 'none') return;
    if (cover === 'all' && isWhole) {
      fill(top, left, cells, 1);
      return;
    }
    const half = cells / 2;
    descend(top, left, half);
    descend(top, left + half, half);
    descend(top + half, left, half);
    descend(top + half, left + half, half);
  };

  descend(0, 0, tileCells);
  return { shares, asked };
}
