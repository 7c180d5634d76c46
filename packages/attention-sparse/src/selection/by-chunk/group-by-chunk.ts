import { rowsOf, scatterRows } from '@longspan/core-tensor/kernel';
import {
  add,
  cast,
  ceil,
  cumsum,
  div,
  equal,
  fill,
  floorDiv,
  greaterEqual,
  less,
  logicalOr,
  mul,
  neg,
  onesLike,
  range,
  reshape,
  scalar,
  slice,
  sub,
  type Tensor,
  topk,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { withoutGradient } from '../scoring/without-gradient.ts';

/** How keys are cut: chunks are what is selected, blocks are what kernels visit. */
export interface ChunkSizes {
  /** Chunks of keys, a short last one included. */
  readonly chunks: number;
  readonly blockSize: number;
  readonly blocksPerChunk: number;
  /** Blocks of keys, a short last one included. */
  readonly keyBlocks: number;
}

/** Queries gathered so that all queries of one block have selected the same chunk. */
export interface ChunkGroups {
  /** Places for queries along one batch row and head, a multiple of the block size. */
  readonly slots: number;
  /** Int32 [b, h, slots]: which query stands there; −1 in a place left empty. */
  readonly queryOfSlot: Tensor;
  /** Int32 [b · h · nq · width]: the place among all b · h · slots of each query's each choice. An empty one where it selected less. */
  readonly slotOfChoice: Tensor;
  /** Int32 [b, h, slots / blockSize, blocksPerChunk]: the key blocks of each block of places, −1 where unused. */
  readonly selected: Tensor;
}

const whole = (value: number): Tensor => scalar(value, 'int32');

/**
 * Sorts the pairs of a query and a chunk that it selected by chunk, and pads each chunk's queries to whole blocks: then every block of
 * queries attends to the blocks of one chunk, and the block-sparse kernel needs no list per query. How many selected a chunk is known on
 * the device only, so there are places for the worst case.
 * @shape chunkOfChoice int32 [b, h, nq, width], −1 where a query selected fewer
 * @cost a sort of nq · width numbers for each batch row and head; at most nq · width + (chunks + 2) · blockSize places
 * @source Lu et al. 2025 (arXiv 2502.13189) algorithm 1, with padding in the place of variable lengths
 */
export function groupByChunk(chunkOfChoice: Tensor, { chunks, blockSize, blocksPerChunk, keyBlocks }: ChunkSizes): ChunkGroups {
  const [batch = 0, heads = 0, queries = 0, width = 0] = chunkOfChoice.shape;
  const [rows, choices] = [batch * heads, queries * width];
  // One more block than needed, so that the last place is empty: there go the choices that were not made.
  const blocks = Math.ceil((choices + chunks * (blockSize - 1)) / blockSize) + 1;
  const slots = blocks * blockSize;
  const [queryOfSlot, slotOfChoice, selected] = withoutGradient([chunkOfChoice], (chunkOfChoice) => {
    const row = reshape(range(0, rows, 1, 'int32'), [rows, 1]);
    const flat = reshape(chunkOfChoice, [rows, choices]);
    const chunk = where(less(flat, whole(0)), fill(flat.shape, chunks, 'int32'), flat);
    const chunkCell = (of: Tensor): Tensor => add(mul(row, whole(chunks + 1)), of);

    const counts = reshape(scatterRows(chunkCell(chunk), fill([rows, choices], 1, 'int32'), rows * (chunks + 1)), [rows, chunks + 1]);
    const padded = mul(cast(ceil(div(cast(counts, 'float32'), blockSize)), 'int32'), whole(blockSize));
    const shift = sub(cumsum(padded, 1, true), cumsum(counts, 1, true));

    const sorted = topk(neg(chunk), choices); // ascending chunks
    const chunkOfRank = neg(sorted.values);
    const unmade = equal(chunkOfRank, whole(chunks));
    const shiftOfRank = rowsOf(reshape(shift, [-1]), chunkCell(chunkOfRank));
    const made = add(reshape(range(0, choices, 1, 'int32'), [1, choices]), shiftOfRank);
    const slotOfRank = where(unmade, fill(unmade.shape, slots - 1, 'int32'), made);
    const slot = add(slotOfRank, mul(row, whole(slots)));

    // 1 more than what is meant, so that the zeros of empty places become −1.
    const spread = (values: Tensor): Tensor => {
      const counted = where(unmade, zerosLike(values), add(values, onesLike(values)));
      return sub(scatterRows(slot, counted, rows * slots), whole(1));
    };
    const queryOfSlot = spread(floorDiv(sorted.indices, whole(width)));
    // A chunk's places begin at a block, so the first place of a block says whose it is.
    const chunkOfBlock = slice(reshape(spread(chunkOfRank), [rows * blocks, blockSize]), [0, 0], [rows * blocks, 1]);
    const listed = add(mul(chunkOfBlock, whole(blocksPerChunk)), reshape(range(0, blocksPerChunk, 1, 'int32'), [1, blocksPerChunk]));
    const absent = logicalOr(less(listed, whole(0)), greaterEqual(listed, whole(keyBlocks)));
    const choice = add(sorted.indices, mul(row, whole(choices)));
    return [
      reshape(queryOfSlot, [batch, heads, slots]),
      scatterRows(choice, slot, rows * choices),
      reshape(where(absent, fill(absent.shape, -1, 'int32'), listed), [batch, heads, blocks, blocksPerChunk]),
    ] as const;
  });
  return { slots, queryOfSlot, slotOfChoice, selected };
}
