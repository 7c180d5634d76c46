import {
  type AttentionCall,
  type AttentionCotangents,
  type AttentionGradients,
  type AttentionSizes,
  tensorsOf,
} from '@longspan/core-tensor';
import { reshape, sum, type Tensor } from '@tensorflow/tfjs-core';
import type { Runtime } from '../../runtime.ts';
import { layoutOf, listFields, panelBytes, rowFields, runStage, sizesOf } from './call-fields.ts';
import type { JobFields } from './job.ts';
import { type Loan, withLoan } from './loan.ts';
import { copyRows, paddedRows, type Rows } from './rows.ts';
import { backwardScratch } from './scratch.ts';
import { termRooms } from './term-cotangents.ts';
import { termFieldsOf } from './terms.ts';
import { transposed } from './united-layout.ts';

export function backward(runtime: Runtime, call: AttentionCall, cotangents: AttentionCotangents): AttentionGradients {
  const { heap } = runtime;
  const sizes = sizesOf(call);
  const { batch, heads, keyHeads, queryLength, keyLength, headDim, valueDim } = sizes;
  const queries = batch * heads * queryLength;
  return withLoan(heap, (loan) => {
    const [query, key, value] = [
      heap.makeOutput([batch, heads, queryLength, headDim]),
      heap.makeOutput([batch, keyHeads, keyLength, headDim]),
      heap.makeOutput([batch, keyHeads, keyLength, valueDim]),
    ] as const;
    const rooms = termRooms(heap, loan, call, sizes);
    const layout = layoutOf(heap, call);
    const lists = listFields(loan, layout, layout.transposed);
    const outCotangents = paddedRows(runtime, loan, heap.pointerOf(cotangents.outCotangent), queries, valueDim);
    const rows = rowFields(runtime, loan, call, sizes);
    const own = { pointer: heap.pointerOf(query), stride: 4 * headDim };
    const queryRows = rows.queryStride === own.stride ? own : roomFor(loan, queries, rows);
    const fields: JobFields = {
      ...sizes,
      scale: call.scale,
      ...lists,
      ...rows,
      ...termFieldsOf(heap, loan, call, sizes, rooms),
      ...(call.terms.some(({ kind }) => kind === 'blockBias') && { listedEntries: loan.ints(listedEntries(layout, lists)) }),
      keyPanels: loan.allocate(panelBytes(sizes, lists, headDim)),
      valuePanels: loan.allocate(panelBytes(sizes, lists, valueDim)),
      out: heap.pointerOf(cotangents.out),
      logSumExp: heap.pointerOf(cotangents.logSumExp),
      outCotangent: heap.pointerOf(cotangents.outCotangent),
      logSumExpCotangent: heap.pointerOf(cotangents.logSumExpCotangent),
      outCotangentRows: outCotangents.pointer,
      offsetOfQueries: loan.allocate(4 * queries),
      queryCotangent: queryRows.pointer,
      keyCotangent: heap.pointerOf(key),
      valueCotangent: heap.pointerOf(value),
      ...(rows.positionRows && relativeRooms(loan, sizes, rows)),
    };
    const keyBlocks = batch * keyHeads * (fields.keyBlocks ?? 0);
    runStage(runtime, 'packKeyPanels', fields, keyBlocks);
    runStage(runtime, 'packValuePanels', fields, keyBlocks);
    if (fields.positionRows) runStage(runtime, 'packRelativePanels', fields, heads);
    runStage(runtime, 'attentionOffsets', fields, queries);
    runStage(runtime, 'attentionBackward', fields, batch * keyHeads, backwardScratch(fields));
    if (fields.positionRows) runStage(runtime, 'finishRelativeQueries', fields, batch * heads);
    const scale = fields.positionRows ? 1 : call.scale; // the relative kernel has scaled already
    if (queryRows !== own || scale !== 1) copyRows(runtime, queryRows, own, queries, headDim, { scale });
    const ofTerms = call.terms.flatMap((term, at) => {
      if (term.kind === 'relativePositions') return relativeGradients(runtime, sizes, fields);
      return rooms[at] ? [rooms[at].finish()] : tensorsOf(term).map(() => null);
    });
    return [query, key, value, ...ofTerms];
  });
}

const roomFor = (loan: Loan, count: number, { queryStride = 0 }: JobFields): Rows => ({
  pointer: loan.allocate(count * queryStride),
  stride: queryStride,
});

/** Which entry of the forward lists each of the transposed lists is: that one's tile of a bias by blocks is read. */
function listedEntries(layout: Parameters<typeof listFields>[1], { queryBlocks = 0, keyBlocks = 0 }: JobFields): Int32Array {
  return transposed(layout, layout.batch * layout.heads, queryBlocks, keyBlocks).listedEntries;
}

function relativeRooms(
  loan: Loan,
  { batch, heads, queryLength }: AttentionSizes,
  { queryStride = 0, relativeLength = 0 }: JobFields,
): JobFields {
  return {
    positionCotangent: loan.allocate(batch * heads * queryLength * queryStride),
    relativeCotangent: loan.zeros(batch * heads * relativeLength * queryStride),
    contentSums: loan.allocate(batch * heads * queryStride),
    positionSums: loan.allocate(batch * heads * queryStride),
  };
}

/** The gradients of r, u and v: each batch row's part, then their sum. */
function relativeGradients(runtime: Runtime, { batch, heads, headDim }: AttentionSizes, fields: JobFields): Tensor[] {
  const { heap } = runtime;
  const { queryStride = 0, relativeLength = 0, relativeCotangent = 0, contentSums = 0, positionSums = 0, scale = 1 } = fields;
  const total = (pointer: number, shape: number[], by: number): Tensor => {
    const parts = heap.makeOutput([batch, ...shape]);
    const target = { pointer: heap.pointerOf(parts), stride: 4 * headDim };
    copyRows(runtime, { pointer, stride: queryStride }, target, parts.size / headDim, headDim, { scale: by });
    return batch === 1 ? reshape(parts, shape) : sum(parts, 0);
  };
  return [
    total(relativeCotangent, [heads, relativeLength, headDim], scale),
    total(contentSums, [heads, headDim], 1),
    total(positionSums, [heads, headDim], 1),
  ];
}
