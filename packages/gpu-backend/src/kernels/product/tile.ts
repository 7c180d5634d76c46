/**
 * How a product is cut. A workgroup computes a tile of results; both operands pass through workgroup memory, `depth` columns at a time. A
 * thread holds `rowVectors` · 4 rows of `columnVectors` vec4s in registers.
 */
export interface Tile {
  readonly rowThreads: number;
  readonly columnThreads: number;
  readonly rowVectors: number;
  readonly columnVectors: number;
}

/** Columns of both operands in workgroup memory: 16 KiB, all that every device has, for the widest tile. */
export const depth = 16;

/** 64 products for each 4 vec4s that a thread reads: from the largest on. */
export const tiles: Readonly<Record<'large' | 'medium' | 'small', Tile>> = {
  large: { rowThreads: 16, columnThreads: 16, rowVectors: 2, columnVectors: 2 },
  medium: { rowThreads: 8, columnThreads: 8, rowVectors: 2, columnVectors: 2 },
  small: { rowThreads: 8, columnThreads: 8, rowVectors: 1, columnVectors: 1 },
};

export const rowsOf = ({ rowThreads, rowVectors }: Tile): number => 4 * rowThreads * rowVectors;
export const columnsOf = ({ columnThreads, columnVectors }: Tile): number => 4 * columnThreads * columnVectors;
export const threadsOf = ({ rowThreads, columnThreads }: Tile): number => rowThreads * columnThreads;

export const tileCount = (tile: Tile, rows: number, columns: number): number =>
  Math.ceil(rows / rowsOf(tile)) * Math.ceil(columns / columnsOf(tile));

/** Threads that keep a large device busy: 128 multiprocessors, 512 each, whose registers that many take up. */
const manyThreads = 2 ** 16;
/** Columns of a part of the depth, at least: its sum is written and read once more. */
const leastDepth = 256;
/** Bytes that parts of sums may take. */
const partBudget = 2 ** 26;

export interface Cut {
  readonly tile: Tile;
  /** Parts of the depth that workgroups of their own add up. */
  readonly parts: number;
}

/** The largest tile of which there are many, and parts of the depth where there are few. */
export function cutOf(rows: number, columns: number, products: number): Cut {
  const few = Math.min(rows, columns) <= 32;
  const tile =
    !few && tileCount(tiles.large, rows, columns) >= 96
      ? tiles.large
      : !few && tileCount(tiles.medium, rows, columns) >= 32
        ? tiles.medium
        : tiles.small;
  const wanted = Math.floor(manyThreads / threadsOf(tile) / tileCount(tile, rows, columns));
  const room = Math.floor(partBudget / (16 * rows * Math.ceil(columns / 4)));
  return { tile, parts: Math.max(1, Math.min(wanted, room, Math.floor(products / leastDepth))) };
}

/** How a product is cut, for `explain`. */
export const cutName = ({ tile, parts }: Cut): string =>
  `in tiles of ${rowsOf(tile)} x ${columnsOf(tile)}${parts > 1 ? `, the depth in ${parts} parts` : ''}`;
