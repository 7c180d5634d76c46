/**
 * How a product is cut. A workgroup computes a tile of results; both operands pass through workgroup memory, `depth` columns at a time. A
 * thread holds `rowVectors` · 4 rows of `columnVectors` vec4s in registers.
 */
export interface Tile {
  readonly rowThreads: number;
  readonly columnThreads: number;
  readonly rowVectors: number;
  readonly columnVectors: number;
  /** Slices of the depth that the workgroup may add up side by side, in threads and memory of their own, and then together. */
  readonly mostSlices: number;
}

/** Columns of both operands in workgroup memory: 16 KiB, all that every device has, for the widest tile, or for all slices of a smaller one. */
export const depth = 16;

/** 64 products for each 4 vec4s that a thread reads: from the largest on. */
export const tiles: Readonly<Record<'large' | 'medium' | 'small', Tile>> = {
  large: { rowThreads: 16, columnThreads: 16, rowVectors: 2, columnVectors: 2, mostSlices: 1 },
  medium: { rowThreads: 8, columnThreads: 8, rowVectors: 2, columnVectors: 2, mostSlices: 2 },
  small: { rowThreads: 8, columnThreads: 8, rowVectors: 1, columnVectors: 1, mostSlices: 4 },
};

export const rowsOf = ({ rowThreads, rowVectors }: Tile): number => 4 * rowThreads * rowVectors;
export const columnsOf = ({ columnThreads, columnVectors }: Tile): number => 4 * columnThreads * columnVectors;
/** Of a slice of the depth. */
export const threadsOf = ({ rowThreads, columnThreads }: Tile): number => rowThreads * columnThreads;

export const tileCount = (tile: Tile, rows: number, columns: number): number =>
  Math.ceil(rows / rowsOf(tile)) * Math.ceil(columns / columnsOf(tile));

/** Threads that keep a large device busy: 128 multiprocessors, 512 each, whose registers that many take up. */
const manyThreads = 2 ** 16;
/** Columns of a slice of the depth, at least: its sums pass through workgroup memory once. */
const leastSlice = 64;
/** Columns of a slice of a part of the depth, at least: a second dispatch adds up the parts, which takes longer than so many columns do. */
const leastOfPart = 1024;
/** Bytes that parts of sums may take. */
const partBudget = 2 ** 26;

export interface Cut {
  readonly tile: Tile;
  /** Parts of the depth that workgroups of their own add up. */
  readonly parts: number;
  /** Slices of a part that threads of their own add up, within a workgroup. */
  readonly slices: number;
}

/** The largest tile of which there are many; where there are few, slices of the depth, and parts of it where it is long. */
export function cutOf(rows: number, columns: number, products: number): Cut {
  const few = Math.min(rows, columns) <= 32;
  const tile =
    !few && tileCount(tiles.large, rows, columns) >= 96
      ? tiles.large
      : !few && tileCount(tiles.medium, rows, columns) >= 32
        ? tiles.medium
        : tiles.small;
  const { mostSlices } = tile;
  const wanted = Math.floor(manyThreads / threadsOf(tile) / tileCount(tile, rows, columns));
  const slices = wanted >= mostSlices && products >= mostSlices * leastSlice ? mostSlices : 1;
  const room = Math.floor(partBudget / (16 * rows * Math.ceil(columns / 4)));
  return { tile, slices, parts: Math.max(1, Math.min(Math.floor(wanted / slices), room, Math.floor(products / (slices * leastOfPart)))) };
}

/** How a product is cut, for `explain`. */
export const cutName = ({ tile, slices, parts }: Cut): string =>
  `in tiles of ${rowsOf(tile)} x ${columnsOf(tile)}${parts * slices > 1 ? `, the depth in ${parts * slices} parts` : ''}`;
