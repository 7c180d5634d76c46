import { type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Arena } from './arena.ts';
import { inOrder, type JobFields, partSumFields, rowCopyFields } from './job.ts';

/** Rows of numbers in the heap: row r begins at pointer + r · stride, in bytes. */
export interface Rows {
  readonly pointer: number;
  readonly stride: number;
}

/** Bytes of a row that is padded to a multiple of 4 numbers. */
export const paddedStride = (width: number): number => 16 * Math.ceil(width / 4);

export interface RowCopyOptions {
  readonly scale?: number | undefined;
  /** One row for each group of rows; the groups repeat. */
  readonly addend?: { readonly pointer: number; readonly rowsPerGroup: number; readonly groups: number } | undefined;
  /** A source row is the sum of that many, so many bytes apart. */
  readonly parts?: { readonly count: number; readonly stride: number } | undefined;
}

/** target = scale · (the sum of the parts of) source + addend, `count` rows of `width` numbers; a wider target is filled with zeros. */
export function copyRows(
  runtime: Runtime,
  source: Rows,
  target: Rows,
  count: number,
  width: number,
  { scale = 1, addend = { pointer: 0, rowsPerGroup: 1, groups: 1 }, parts = { count: 1, stride: 0 } }: RowCopyOptions = {},
): void {
  const fields = inOrder(rowCopyFields, {
    source: source.pointer,
    target: target.pointer,
    width,
    sourceStride: source.stride,
    targetStride: target.stride,
    scale,
    addend: addend.pointer,
    rowsPerGroup: addend.rowsPerGroup,
    groups: addend.groups,
    parts: parts.count,
    partStride: parts.stride,
  });
  runJob(runtime, { kernel: runtime.kernels.copyRows, fields, items: count, scratchBytes: 0 });
}

/** Rows that kernels can read in fours, times a scale: the tensor's own, or a copy whose rows end in zeros. */
export function paddedRows(runtime: Runtime, arena: Arena, pointer: number, count: number, width: number, scale = 1): Rows {
  const source = { pointer, stride: 4 * width };
  if (width % 4 === 0 && scale === 1) return source;
  const target = { pointer: arena.allocate(count * paddedStride(width)), stride: paddedStride(width) };
  copyRows(runtime, source, target, count, width, { scale });
  return target;
}

/** target = scale · the sum of the parts that a backward job's chunks have made, `count` rows as long as its queries. */
export function addQueryParts(runtime: Runtime, job: JobFields, source: Rows, target: Rows, count: number, scale: number): void {
  const { headDim: width = 0, queryParts: parts = 0, keyChunks: partCount = 0, queryLength = 0 } = job;
  const fields = inOrder(partSumFields, {
    source: source.pointer,
    target: target.pointer,
    width,
    sourceStride: source.stride,
    targetStride: target.stride,
    scale,
    parts,
    partCount,
    queryLength,
  });
  runJob(runtime, { kernel: runtime.kernels.addQueryParts, fields, items: count, scratchBytes: 0 });
}
