import { type BlockLayout, type BlockLists, blockCount, transposed } from '@longspan/core-tensor/layout';

/** A list of key blocks that was selected at run time: int32 [batch, heads, queryBlocks, width], −1 where unused. */
export interface Selected {
  readonly values: Int32Array;
  readonly batch: number;
  readonly heads: number;
  readonly width: number;
}

/**
 * A layout together with a run-time list. What the list names is visible as a whole; each block is listed once.
 * @cost O(entries + selected blocks, sorted within a query block) on the host
 */
export function unitedLayout(layout: BlockLayout, selected: Selected): BlockLayout {
  const { blockSize, queryLength, keyLength } = layout;
  const queryBlocks = blockCount(queryLength, blockSize);
  const keyBlocks = blockCount(keyLength, blockSize);
  const batch = Math.max(layout.batch, selected.batch);
  const heads = Math.max(layout.heads, selected.heads);
  const indptr = new Int32Array(batch * heads * queryBlocks + 1);
  const indices: number[] = [];
  const tileIndices: number[] = [];
  for (let row = 0; row < batch * heads * queryBlocks; row++) {
    const batchRow = Math.floor(row / (heads * queryBlocks));
    const head = Math.floor(row / queryBlocks) % heads;
    const rowIn = (of: { readonly batch: number; readonly heads: number }): number =>
      ((batchRow % of.batch) * of.heads + (head % of.heads)) * queryBlocks + (row % queryBlocks);
    const listed = rowIn(layout);
    const start = rowIn(selected) * selected.width;
    const tileOf = new Map<number, number>();
    for (let at = layout.indptr[listed] as number; at < (layout.indptr[listed + 1] as number); at++) {
      tileOf.set(layout.indices[at] as number, layout.tileIndices[at] as number);
    }
    for (const block of selected.values.subarray(start, start + selected.width)) {
      if (block >= 0 && block < keyBlocks) tileOf.set(block, -1);
    }
    for (const block of [...tileOf.keys()].sort((a, b) => a - b)) {
      indices.push(block);
      tileIndices.push(tileOf.get(block) as number);
    }
    indptr[row + 1] = indices.length;
  }
  const lists: BlockLists = { indptr, indices: Int32Array.from(indices), tileIndices: Int32Array.from(tileIndices) };
  return { ...layout, batch, heads, ...lists, transposed: transposed(lists, batch * heads, layout).lists };
}
