import type { AttentionCall } from '@longspan/core-tensor/kernel';
import { blockCount } from '@longspan/core-tensor/layout';
import { f32, i32, u32 } from '../../encode/encode.ts';
import type { Fields } from '../../wgsl/fields.ts';
import type { Lists } from './lists.ts';
import type { Part } from './parts.ts';
import { slotsOf } from './slots.ts';
import type { Tables } from './tables.ts';
import { subTilesOf, type Tile } from './tile.ts';

/** Sequences of a part whose pairs are summed together. */
export interface Chunk extends Part {
  readonly part: Part;
  /** Whether sums begin here, or go on. */
  readonly isFirst: boolean;
}

/** All sequences of a part. */
export const wholePart = (part: Part): Chunk => ({ ...part, part, isFirst: true });

/** @param starts of `boundTo` */
export function fieldsOf(
  call: AttentionCall,
  tile: Tile,
  lists: Lists,
  tables: Tables,
  { firstSequence, sequences, part, isFirst }: Chunk,
  starts: Fields,
): Fields {
  const { sizes, layout, selected, scale } = call;
  const [selectedBatch = 1, selectedHeads = 1, , selectedWidth = 0] = selected?.shape ?? [];
  return {
    heads: u32(sizes.heads),
    keyHeads: u32(sizes.keyHeads),
    queryLength: u32(sizes.queryLength),
    keyLength: u32(sizes.keyLength),
    headDim: u32(sizes.headDim),
    valueDim: u32(sizes.valueDim),
    blockSize: u32(layout.blockSize),
    subTiles: u32(subTilesOf(layout.blockSize, tile)),
    layoutBatch: u32(layout.batch),
    layoutHeads: u32(layout.heads),
    queryBlocks: u32(blockCount(sizes.queryLength, layout.blockSize)),
    keyBlocks: u32(blockCount(sizes.keyLength, layout.blockSize)),
    entriesAt: u32(lists.entriesAt),
    tilesAt: u32(lists.tilesAt),
    bitmapsAt: u32(lists.bitmapsAt),
    queryOffset: i32(layout.queryOffset),
    selectedAt: u32(tables.selectedAt),
    selectedBatch: u32(selectedBatch),
    selectedHeads: u32(selectedHeads),
    selectedWidth: u32(selectedWidth),
    forwardAt: u32(lists.forwardAt),
    slots: u32(slotsOf(call)),
    partFirst: u32(part.firstSequence),
    partFirstKeys: u32((part.firstSequence * sizes.keyHeads) / sizes.heads),
    firstSequence: u32(firstSequence),
    sequences: u32(sequences),
    isFirst: u32(isFirst ? 1 : 0),
    scale: f32(scale),
    // WGSL may assume that these do not occur, so they come as bits.
    minusInfinity: u32(0xff800000),
    notANumber: u32(0x7fc00000),
    zero: u32(0),
    ...starts,
    ...tables.fields,
  };
}
