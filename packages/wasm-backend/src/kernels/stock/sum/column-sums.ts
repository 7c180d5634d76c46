import { type Runtime, runJob } from '../../../runtime/runtime.ts';

/** Rows of float32 in the heap. */
export interface Rows {
  readonly pointer: number;
  readonly count: number;
  readonly width: number;
  /** Numbers from one row to the next; the width where the rows lie in one piece. */
  readonly stride?: number | undefined;
}

/** Four cache lines of each row. */
const columnsPerItem = 64;

/** Writes the sum over the rows, [width], to that address. */
export function columnSums(runtime: Runtime, { pointer, count, width, stride = width }: Rows, out: number): void {
  runJob(runtime, {
    kernel: runtime.kernels.columnSums,
    items: Math.ceil(width / columnsPerItem),
    scratchBytes: 0,
    fields: [pointer, out, count, width, 4 * stride, columnsPerItem], // assembly/rows/column-sums.ts
  });
}
