import type { AttentionCall, AttentionSizes } from '@longspan/core-tensor/kernel';
import type { Precision } from '../../device/precision.ts';

/**
 * How a kernel cuts its work. A workgroup owns `rows` rows of queries (of keys, for the gradients of k and v) and goes through the listed
 * blocks in sub-tiles of `columns` of the other side. A thread holds 4 rows and `columns / columnThreads` columns of the scores, and 4 rows
 * of `parts` vec4s of the accumulators.
 */
export interface Tile {
  /** 64, 32 or 16. */
  readonly rows: number;
  /** 32, 16 or 8: at most the bits of a word of a bitmap. */
  readonly columns: number;
  readonly rowThreads: number;
  readonly columnThreads: number;
  /** vec4s of the head dimension, and rows of the other side, that pass through workgroup memory at a time. */
  readonly depth: number;
  readonly valueRows: number;
  /** What operands are in workgroup memory. */
  readonly precision: Precision;
  /** Whether rows by distance pass through workgroup memory too. */
  readonly hasDistances: boolean;
  /** vec4s of a row of results that a thread holds; wider results are cut into slices along the grid's third axis. */
  readonly parts: number;
  readonly slices: number;
}

const widest = 4;

/** A way to cut: no one way is the fastest on every vendor's cards. */
export interface TileChoice {
  readonly name: string;
  readonly mostRows: 64 | 32;
  readonly columnThreads: 8 | 16;
  /** vec4s that pass through workgroup memory at a time, where it has more than 16 KiB. */
  readonly depth: 2 | 4;
}

/** The first is the one that is taken unless `tune` says otherwise. */
export const tileChoices: readonly [TileChoice, ...TileChoice[]] = [
  { name: '128 threads for 64 rows', mostRows: 64, columnThreads: 8, depth: 4 },
  { name: '256 threads for 64 rows', mostRows: 64, columnThreads: 16, depth: 2 },
  { name: '64 threads for 32 rows', mostRows: 32, columnThreads: 8, depth: 4 },
];

/** @param width columns of the widest result */
function tileOf({ blockSize, memory, precision, hasDistances, choice }: Cut, width: number): Tile {
  const rows = blockSize >= choice.mostRows ? choice.mostRows : blockSize >= 32 ? 32 : 16;
  const columns = Math.min(32, Math.max(8, 8 * Math.ceil(Math.min(blockSize, 32) / 8)));
  const columnThreads = Math.min(choice.columnThreads, columns);
  const vectors = Math.ceil(width / 4);
  const parts = Math.min(widest, Math.ceil(vectors / columnThreads));
  return {
    rows,
    columns: columns === 24 ? 32 : columns,
    rowThreads: rows / 4,
    columnThreads,
    depth: memory > 2 ** 14 ? choice.depth : 2,
    valueRows: 8,
    precision,
    hasDistances,
    parts,
    slices: Math.ceil(vectors / (parts * columnThreads)),
  };
}

export const threadsOf = ({ rowThreads, columnThreads }: Tile): number => rowThreads * columnThreads;

/** vec4s of workgroup memory that operands pass through. */
export const operandVectors = (tile: Tile): number => {
  const { depth, rows, columns, valueRows, parts, columnThreads, hasDistances } = tile;
  const ofDistances = hasDistances ? depth * (Math.max(rows, columns) + distanceVectors(tile)) : 0;
  return Math.max(depth * (rows + columns), ofDistances, valueRows * parts * columnThreads);
};

/** Distances between the rows and the columns of a tile. */
export const distanceVectors = ({ rows, columns }: Pick<Tile, 'rows' | 'columns'>): number => rows + columns - 1;

/** In bytes, with the scores' tile and the partial maxima. */
export const workgroupBytes = (tile: Tile): number =>
  (tile.precision === 'float16' ? 8 : 16) * operandVectors(tile) + 16 * (tile.columns * tile.rowThreads + threadsOf(tile)) + 64;

/** Workgroups in which a block of tokens is computed. */
export const subTilesOf = (blockSize: number, { rows }: Tile): number => Math.ceil(blockSize / rows);

/** What tiles depend on besides the widths of a call. */
export interface Cut {
  readonly blockSize: number;
  /** Bytes that a workgroup may have. */
  readonly memory: number;
  readonly precision: Precision;
  readonly hasDistances: boolean;
  readonly choice: TileChoice;
}

export const cutOf = (
  limits: Pick<GPUSupportedLimits, 'maxComputeWorkgroupStorageSize'>,
  { layout, terms }: Pick<AttentionCall, 'layout' | 'terms'>,
  precision: Precision,
  choice: TileChoice,
): Cut => ({
  blockSize: layout.blockSize,
  memory: limits.maxComputeWorkgroupStorageSize,
  precision,
  hasDistances: terms.some(({ kind }) => kind === 'relativePositions'),
  choice,
});

export type Tiles = Readonly<Record<'forward' | 'query' | 'key', Tile>>;

/** For the forward pass, the gradient of q, and those of k and v. */
export const tilesOf = (cut: Cut, { headDim, valueDim }: Pick<AttentionSizes, 'headDim' | 'valueDim'>): Tiles => ({
  forward: tileOf(cut, valueDim),
  query: tileOf(cut, headDim),
  key: tileOf(cut, Math.max(headDim, valueDim)),
});
