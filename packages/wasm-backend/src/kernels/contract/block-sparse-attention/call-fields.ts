import type { BlockLayout, BlockLists, RelativePositionsTerm } from '@longspan/core-tensor';
import type { AttentionCall, AttentionSizes } from '@longspan/core-tensor/kernel';
import { blockCount } from '@longspan/core-tensor/layout';
import type { Heap } from '../../../heap/heap.ts';
import { type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Arena } from './arena.ts';
import type { JobFields } from './job.ts';
import { copyRows, paddedRows, paddedStride } from './rows.ts';
import { unitedLayout } from './united-layout.ts';

/** The layout that a call attends by, its run-time list included: on this backend tensors are within the host's reach. */
export function layoutOf(heap: Heap, { layout, selected }: AttentionCall): BlockLayout {
  if (selected === undefined) return layout;
  const [batch = 1, heads = 1, , width = 0] = selected.shape;
  const first = heap.pointerOf(selected) / 4;
  return unitedLayout(layout, { values: heap.i32().slice(first, first + selected.size), batch, heads, width });
}

const relativeTermOf = ({ terms }: AttentionCall): RelativePositionsTerm | undefined =>
  terms.find((term) => term.kind === 'relativePositions');

/** Lists of either direction, in the heap. */
export function listFields(arena: Arena, layout: BlockLayout, { indptr, indices, tileIndices }: BlockLists): JobFields {
  const { blockSize, queryLength, keyLength, queryOffset, batch, heads, bitmaps } = layout;
  return {
    blockSize,
    queryBlocks: blockCount(queryLength, blockSize),
    keyBlocks: blockCount(keyLength, blockSize),
    queryOffset,
    layoutBatch: batch,
    layoutHeads: heads,
    indptr: arena.ints(indptr),
    indices: arena.ints(indices),
    tileIndices: arena.ints(tileIndices),
    bitmaps: arena.ints(bitmaps),
  };
}

/** Rows of queries, keys and values, these times `valueScale`; with a relative term, queries once with u and once with v. */
export function rowFields(runtime: Runtime, arena: Arena, call: AttentionCall, valueScale = 1): JobFields {
  const { heap } = runtime;
  const { batch, heads, keyHeads, queryLength, keyLength, headDim, valueDim } = call.sizes;
  const rows = (pointer: number, count: number, width: number, scale = 1) => paddedRows(runtime, arena, pointer, count, width, scale);
  const keys = rows(heap.pointerOf(call.k), batch * keyHeads * keyLength, headDim);
  const values = rows(heap.pointerOf(call.v), batch * keyHeads * keyLength, valueDim, valueScale);
  const shared = { keyRows: keys.pointer, keyStride: keys.stride, valueRows: values.pointer, valueStride: values.stride };
  const queries = heap.pointerOf(call.q);
  const relative = relativeTermOf(call);
  if (relative === undefined) {
    const own = rows(queries, batch * heads * queryLength, headDim);
    return { ...shared, queryRows: own.pointer, queryStride: own.stride };
  }
  const count = batch * heads * queryLength;
  const stride = paddedStride(headDim);
  const shifted = (by: number): number => {
    const pointer = arena.allocate(count * stride);
    const addend = { pointer: by, rowsPerGroup: queryLength, groups: heads };
    copyRows(runtime, { pointer: queries, stride: 4 * headDim }, { pointer, stride }, count, headDim, { addend });
    return pointer;
  };
  const length = relative.r.shape[1] ?? 0;
  return {
    ...shared,
    queryRows: shifted(heap.pointerOf(relative.u)),
    queryStride: stride,
    positionRows: shifted(heap.pointerOf(relative.v)),
    relativeRows: rows(heap.pointerOf(relative.r), heads * length, headDim).pointer,
    relativeLength: length,
    relativePanels: arena.allocate(heads * (Math.ceil(length / 8) + 2) * 32 * headDim),
  };
}

/** Bytes of all blocks of keys, or values, in panels of eight. */
export const panelBytes = ({ batch, keyHeads }: AttentionSizes, { blockSize = 0, keyBlocks = 0 }: JobFields, width: number): number =>
  batch * keyHeads * keyBlocks * Math.ceil(blockSize / 8) * 32 * width;

/** Runs one of the kernels that share the job, whose numbers are in order already: a small call is little more than those. */
export function runStage(
  runtime: Runtime,
  stage: 'packKeyPanels' | 'packValuePanels' | 'packRelativePanels' | AttentionStage,
  job: readonly number[],
  items: number,
  scratchBytes = 0,
): void {
  runJob(runtime, { kernel: runtime.kernels[stage], fields: job, items, scratchBytes });
}

type AttentionStage = 'attentionForward' | 'attentionOffsets' | 'attentionBackward' | 'finishRelativeQueries';
