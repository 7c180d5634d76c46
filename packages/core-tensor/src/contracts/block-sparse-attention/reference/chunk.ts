import {
  add,
  any,
  cast,
  concat,
  equal,
  expandDims,
  fill,
  greaterEqual,
  less,
  logicalAnd,
  logicalOr,
  mul,
  reshape,
  type Tensor,
  tensor,
  tile,
  where,
} from '@tensorflow/tfjs-core';
import { blockCount } from '../../../layout/block-layout.ts';
import { rowsOf } from '../../../tensor/rows-of.ts';
import type { AttentionBlocks, AttentionSizes } from '../attention-blocks.ts';
import type { BlockIndex } from './block-table.ts';
import type { PlannedChunk } from './plan.ts';

/**
 * Some query blocks with the key blocks that each attends to, padded to one width: C query blocks, W key blocks each, B tokens a
 * block. Scores are [C, B, W · B].
 */
export interface Chunk {
  readonly sizes: AttentionSizes;
  readonly blockSize: number;
  readonly queryBlocks: number;
  readonly keyBlocks: number;
  readonly queryOffset: number;
  /** C */
  readonly rows: number;
  /** W, run-time list included */
  readonly width: number;
  /** Where each query block comes from; all [C]. */
  readonly batchRows: Int32Array;
  readonly heads: Int32Array;
  readonly queryBlock: Int32Array;
  /** Int32 [C, W] key blocks; `keyBlocks` where nothing is listed. Every table of key blocks has an empty block there. */
  readonly blocks: Tensor;
  /** The same numbers where the host knows them: without a run-time list. */
  readonly hostBlocks: Int32Array | undefined;
  /** Index into the layout's entries, −1 where nothing is listed, for the layout's part of the width. */
  readonly listed: Int32Array;
  /** Float 0 or 1 [C, B, W · B]; undefined where every pair is visible. */
  readonly visible: Tensor | undefined;
}

/** Makes a chunk's index tensors. To be called inside a tidy. `listedTiles`: the bitmaps of its listed blocks. */
export function chunkOf({ layout, selected, sizes }: AttentionBlocks, planned: PlannedChunk, listedTiles: Tensor | undefined): Chunk {
  const { blockSize } = layout;
  const queryBlocks = blockCount(sizes.queryLength, blockSize);
  const keyBlocks = blockCount(sizes.keyLength, blockSize);
  const rows = planned.rows.length;
  const batchRows = planned.rows.map((row) => Math.floor(row / (queryBlocks * sizes.heads)));
  const heads = planned.rows.map((row) => Math.floor(row / queryBlocks) % sizes.heads);
  const queryBlock = planned.rows.map((row) => row % queryBlocks);
  const { listed } = planned;
  const listedBlocks = listed.map((entry) => (entry < 0 ? keyBlocks : (layout.indices[entry] as number)));
  const shared = { sizes, blockSize, queryBlocks, keyBlocks, queryOffset: layout.queryOffset, rows, batchRows, heads, queryBlock, listed };
  if (selected === undefined) {
    return {
      ...shared,
      width: planned.width,
      blocks: tensor(listedBlocks, [rows, planned.width], 'int32'),
      hostBlocks: listedBlocks,
      visible: listedTiles,
    };
  }
  const [selectedBatch = 1, selectedHeads = 1, , selectedWidth = 0] = selected.shape;
  const selectedRows = planned.rows.map(
    (_, at) =>
      (((batchRows[at] as number) % selectedBatch) * selectedHeads + ((heads[at] as number) % selectedHeads)) * queryBlocks +
      (queryBlock[at] as number),
  );
  const fixed = tensor(listedBlocks, [rows, planned.width], 'int32');
  const selectedBlocks = rowsOf(reshape(selected, [-1, selectedWidth]), tensor(selectedRows, [rows], 'int32'));
  const blocks = united(fixed, selectedBlocks, keyBlocks);
  const width = planned.width + selectedWidth;
  // What the run-time list names is visible as a whole, but for keys after the end; a listed block that it names too was dropped.
  const ones = fill([rows, blockSize, selectedWidth * blockSize], 1);
  const fixedTiles = listedTiles ?? fill([rows, blockSize, planned.width * blockSize], 1);
  const inside = cast(less(expandDims(keyIndices(blocks, blockSize), 1), sizes.keyLength), 'float32');
  const kept = cast(less(blocks, keyBlocks), 'float32');
  const keptColumns = reshape(tile(expandDims(kept, 2), [1, 1, blockSize]), [rows, 1, width * blockSize]);
  return { ...shared, width, blocks, hostBlocks: undefined, visible: mul(mul(concat([fixedTiles, ones], 2), inside), keptColumns) };
}

/** Int32 [C, W · B]: the index of each key in its sequence. */
export function keyIndices(blocks: Tensor, blockSize: number): Tensor {
  const [rows = 0, width = 0] = blocks.shape;
  const within = tensor(
    Int32Array.from({ length: blockSize }, (_, at) => at),
    [1, 1, blockSize],
    'int32',
  );
  return reshape(add(mul(expandDims(blocks, 2), tensor(blockSize, [], 'int32')), within), [rows, width * blockSize]);
}

/** A block of the layout that is selected too, and a second selection of the same block, become the empty block: each is counted once. */
function united(fixed: Tensor, listed: Tensor, empty: number): Tensor {
  const width = listed.shape[1] as number;
  const none = tensor(empty, [], 'int32');
  const used = where(logicalOr(less(listed, 0), greaterEqual(listed, empty)), fill(listed.shape, empty, 'int32'), listed);
  const earlier = tensor(
    Uint8Array.from({ length: width * width }, (_, at) => (at % width < Math.floor(at / width) ? 1 : 0)),
    [1, width, width],
    'bool',
  );
  const again = any(logicalAnd(equal(expandDims(used, 2), expandDims(used, 1)), earlier), 2);
  const once = where(again, fill(used.shape, empty, 'int32'), used);
  if (fixed.shape[1] === 0) return once;
  const taken = any(equal(expandDims(fixed, 2), expandDims(once, 1)), 2);
  return concat([where(taken, mul(none, fill(fixed.shape, 1, 'int32')), fixed), once], 1);
}

/**
 * Int32 [C · B · W]: which rows of a table of tiles [tiles · B, B] make up [C, B, W · B], so that one gather of whole rows
 * both picks the tiles and brings their rows side by side.
 */
export function tileRows(tileOf: Int32Array, rows: number, width: number, blockSize: number): Tensor {
  const indices = new Int32Array(rows * blockSize * width);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let query = 0; query < blockSize; query++) {
      for (let w = 0; w < width; w++) indices[at++] = (tileOf[row * width + w] as number) * blockSize + query;
    }
  }
  return tensor(indices, [indices.length], 'int32');
}

/** The query blocks of a chunk, in a table of all queries. */
export const queriesOf = ({ rows }: PlannedChunk): BlockIndex => ({
  rows: rows.length,
  width: 1,
  host: rows,
  device: tensor(rows, [rows.length, 1], 'int32'),
});

/** The key blocks that a chunk reads, in a table of all keys with one empty block after each sequence. */
export function keysOf(chunk: Chunk): BlockIndex {
  const { sizes, keyBlocks, rows, width } = chunk;
  const group = sizes.heads / sizes.keyHeads;
  const start = chunk.batchRows.map(
    (row, at) => (row * sizes.keyHeads + Math.floor((chunk.heads[at] as number) / group)) * (keyBlocks + 1),
  );
  return {
    rows,
    width,
    host: chunk.hostBlocks?.map((block, at) => (start[Math.floor(at / width)] as number) + block),
    device: add(chunk.blocks, tensor(start, [rows, 1], 'int32')),
  };
}
