import {
  type AttentionCall,
  type AttentionCotangents,
  type AttentionGradients,
  type AttentionSizes,
  tensorsOf,
} from '@longspan/core-tensor/kernel';
import { type BlockLayout, transposed } from '@longspan/core-tensor/layout';
import type { Tensor } from '@tensorflow/tfjs-core';
import { onThreads, type Runtime } from '../../../runtime/runtime.ts';
import { type Arena, withArena } from './arena.ts';
import { layoutOf, listFields, panelBytes, rowFields, runStage } from './call-fields.ts';
import { careOf } from './care.ts';
import { inOrder, type JobFields, jobFields } from './job.ts';
import { type KeyChunks, keyChunks } from './key-chunks.ts';
import { addQueryParts, copyRows, paddedRows, type Rows } from './rows.ts';
import { termFieldsOf, termSlots } from './score-term/index.ts';
import { backwardScratch } from './scratch.ts';
import { backwardWork } from './work.ts';

export const backward = (runtime: Runtime, call: AttentionCall, cotangents: AttentionCotangents): AttentionGradients =>
  onThreads(runtime, backwardWork(call), (given) => computeBackward(given, call, cotangents));

function computeBackward(runtime: Runtime, call: AttentionCall, cotangents: AttentionCotangents): (Tensor | null)[] {
  const { heap } = runtime;
  const { sizes } = call;
  const { batch, heads, keyHeads, queryLength, keyLength, headDim, valueDim } = sizes;
  const queries = batch * heads * queryLength;
  return withArena(heap, (arena) => {
    const [dq, dk, dv] = [
      heap.makeOutput([batch, heads, queryLength, headDim]),
      heap.makeOutput([batch, keyHeads, keyLength, headDim]),
      heap.makeOutput([batch, keyHeads, keyLength, valueDim]),
    ] as const;
    const layout = layoutOf(heap, call);
    const lists = listFields(arena, layout, layout.transposed);
    const chunks = keyChunks(call, layout);
    const slots = termSlots(call, { runtime, heap, arena, sizes, chunks: chunks.count });
    const outCotangents = paddedRows(runtime, arena, heap.pointerOf(cotangents.outCotangent), queries, valueDim);
    const rows = rowFields(runtime, arena, call);
    const own = { pointer: heap.pointerOf(dq), stride: 4 * headDim };
    const isOwn = chunks.count === 1 && rows.queryStride === own.stride;
    const queryParts = isOwn ? own : rowsIn(arena, chunks.rows, rows);
    const fields: JobFields = {
      ...sizes,
      scale: call.scale,
      ...lists,
      ...rows,
      ...termFieldsOf(call, { heap, arena, sizes }, slots),
      ...(call.terms.some(({ kind }) => kind === 'blockBias') && { listedEntries: arena.ints(listedEntries(layout)) }),
      keyPanels: arena.allocate(panelBytes(sizes, lists, headDim)),
      valuePanels: arena.allocate(panelBytes(sizes, lists, valueDim)),
      out: heap.pointerOf(cotangents.out),
      logSumExp: heap.pointerOf(cotangents.logSumExp),
      roundedOff: cotangents.roundedOff === undefined ? 0 : heap.pointerOf(cotangents.roundedOff),
      care: careOf(runtime, arena, call, [cotangents.outCotangent, cotangents.logSumExpCotangent]).care,
      outCotangent: heap.pointerOf(cotangents.outCotangent),
      logSumExpCotangent: heap.pointerOf(cotangents.logSumExpCotangent),
      outCotangentRows: outCotangents.pointer,
      offsetOfQueries: arena.allocate(4 * queries),
      queryCotangent: queryParts.pointer,
      keyCotangent: heap.pointerOf(dk),
      valueCotangent: heap.pointerOf(dv),
      keyChunks: chunks.count,
      blocksOfChunk: chunks.blocks,
      queryParts: arena.ints(chunks.parts),
      chunksOfAll: Number(chunks.ofAll),
      ...(rows.positionRows && relativeSlots(arena, sizes, rows, chunks)),
    };
    const panels = batch * keyHeads * (fields.keyBlocks ?? 0);
    const job = inOrder(jobFields, fields);
    runStage(runtime, 'packKeyPanels', job, panels);
    runStage(runtime, 'packValuePanels', job, panels);
    if (fields.positionRows) runStage(runtime, 'packRelativePanels', job, heads);
    runStage(runtime, 'attentionOffsets', job, queries);
    const items = chunks.count * (chunks.ofAll ? 1 : batch * keyHeads);
    runStage(runtime, 'attentionBackward', job, items, backwardScratch(fields));
    const sum = (source: Rows, target: Rows, scale: number): void => addQueryParts(runtime, fields, source, target, queries, scale);
    if (!fields.positionRows) sum(queryParts, own, call.scale);
    else finishRelative(runtime, arena, fields, sizes, own, sum);
    const ofTerms = call.terms.flatMap((term, at) => {
      if (term.kind === 'relativePositions') return relativeGradients(runtime, sizes, fields);
      return slots[at] ? [slots[at].finish(fields)] : tensorsOf(term).map(() => null);
    });
    return [dq, dk, dv, ...ofTerms];
  });
}

const rowsIn = (arena: Arena, count: number, { queryStride = 0 }: JobFields): Rows => ({
  pointer: arena.allocate(count * queryStride),
  stride: queryStride,
});

/** Which entry of the forward lists each of the transposed lists is: that one's tile of a bias by blocks is read. */
const listedEntries = (layout: BlockLayout): Int32Array => transposed(layout, layout.batch * layout.heads, layout).listedEntries;

function relativeSlots(
  arena: Arena,
  { batch, heads }: AttentionSizes,
  { queryStride = 0, relativeLength = 0 }: JobFields,
  { count, rows }: KeyChunks,
): JobFields {
  return {
    positionCotangent: arena.allocate(rows * queryStride),
    relativeCotangent: arena.zeros(count * batch * heads * relativeLength * queryStride),
    contentSums: arena.allocate(batch * heads * queryStride),
    positionSums: arena.allocate(batch * heads * queryStride),
  };
}

/** The gradient of the queries, with a relative term, from what chunks have added to q + u and to q + v. */
function finishRelative(
  runtime: Runtime,
  arena: Arena,
  fields: JobFields,
  { batch, heads, queryLength, headDim }: AttentionSizes,
  own: Rows,
  sum: (source: Rows, target: Rows, scale: number) => void,
): void {
  const { queryStride: stride = 0 } = fields;
  const queries = batch * heads * queryLength;
  const whole = [fields.queryCotangent, fields.positionCotangent].map((pointer = 0) => {
    if (fields.keyChunks === 1) return pointer;
    const total = rowsIn(arena, queries, fields);
    sum({ pointer, stride }, total, 1);
    return total.pointer;
  });
  const [queryCotangent = 0, positionCotangent = 0] = whole;
  const job = inOrder(jobFields, { ...fields, queryCotangent, positionCotangent });
  runStage(runtime, 'finishRelativeQueries', job, batch * heads);
  if (queryCotangent !== own.pointer) copyRows(runtime, { pointer: queryCotangent, stride }, own, queries, headDim); // scaled already
}

/** The gradients of r, u and v: the sums of what each chunk of keys and each batch row have added. */
function relativeGradients(runtime: Runtime, { batch, heads, headDim }: AttentionSizes, fields: JobFields): Tensor[] {
  const { heap } = runtime;
  const { queryStride: stride = 0, relativeLength = 0, relativeCotangent = 0, contentSums = 0, positionSums = 0 } = fields;
  const total = (pointer: number, shape: number[], parts: number, scale: number): Tensor => {
    const made = heap.makeOutput(shape);
    const count = made.size / headDim;
    const target = { pointer: heap.pointerOf(made), stride: 4 * headDim };
    copyRows(runtime, { pointer, stride }, target, count, headDim, { scale, parts: { count: parts, stride: count * stride } });
    return made;
  };
  return [
    total(relativeCotangent, [heads, relativeLength, headDim], batch * (fields.keyChunks ?? 1), fields.scale ?? 1),
    total(contentSums, [heads, headDim], batch, 1),
    total(positionSums, [heads, headDim], batch, 1),
  ];
}
