import type { AttentionSizes } from '@longspan/core-tensor/kernel';
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
  /** vec4s of a row of results that a thread holds; wider results are cut into slices along the grid's third axis. */
  readonly parts: number;
  readonly slices: number;
}

const columnThreads = 8;
const widest = 4;

/** @param width columns of the widest result  @param memory bytes that a workgroup may have */
function tileOf(blockSize: number, width: number, memory: number, precision: Precision): Tile {
  const rows = blockSize >= 64 ? 64 : blockSize >= 32 ? 32 : 16;
  const columns = Math.min(32, Math.max(8, 8 * Math.ceil(Math.min(blockSize, 32) / 8)));
  const vectors = Math.ceil(width / 4);
  const parts = Math.min(widest, Math.ceil(vectors / columnThreads));
  return {
    rows,
    columns: columns === 24 ? 32 : columns,
    rowThreads: rows / 4,
    columnThreads,
    depth: memory > 2 ** 14 ? 4 : 2,
    valueRows: 8,
    precision,
    parts,
    slices: Math.ceil(vectors / (parts * columnThreads)),
  };
}

export const threadsOf = ({ rowThreads }: Tile): number => rowThreads * columnThreads;

/** vec4s of workgroup memory that operands pass through. */
export const operandVectors = ({ depth, rows, columns, valueRows, parts }: Tile): number =>
  Math.max(depth * (rows + columns), valueRows * parts * columnThreads);

/** In bytes, with the scores' tile and the partial maxima. */
export const workgroupBytes = (tile: Tile): number =>
  (tile.precision === 'float16' ? 8 : 16) * operandVectors(tile) + 16 * (tile.columns * tile.rowThreads + threadsOf(tile)) + 64;

/** Workgroups in which a block of tokens is computed. */
export const subTilesOf = (blockSize: number, { rows }: Tile): number => Math.ceil(blockSize / rows);

/** For the forward pass, the gradient of q, and those of k and v. */
export const tilesOf = (
  blockSize: number,
  { headDim, valueDim }: Pick<AttentionSizes, 'headDim' | 'valueDim'>,
  memory: number,
  precision: Precision,
): Readonly<Record<'forward' | 'query' | 'key', Tile>> => ({
  forward: tileOf(blockSize, valueDim, memory, precision),
  query: tileOf(blockSize, headDim, memory, precision),
  key: tileOf(blockSize, Math.max(headDim, valueDim), memory, precision),
});
