import { type Tensor, type TensorInfo, Transpose } from '@tensorflow/tfjs-core';
import { runToOutput } from '../../../runtime/run-to-output.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { replaceKernels } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';
import { copyStrided, hasFourBytes, mergedAxes, type StridedAxis, stridesOf } from '../strided-copy/strided-copy.ts';

/** A call of tfjs's Transpose. */
interface TransposeCall {
  readonly inputs: { readonly x: TensorInfo };
  readonly attrs: { readonly perm: readonly number[] };
}

/** As many rows as assembly/rows/transpose.ts takes at a time. */
const rowsPerItem = 64;

function transpose(runtime: Runtime, { inputs: { x }, attrs: { perm } }: TransposeCall): Tensor | undefined {
  const shape = perm.map((axis) => x.shape[axis] as number);
  // tfjs's own divides by the size.
  if (!hasFourBytes(x)) return shape.includes(0) ? runtime.heap.makeOutput(shape, x.dtype) : undefined;
  const strides = stridesOf(x.shape);
  const axes = perm.map((axis) => ({ size: x.shape[axis] as number, stride: strides[axis] as number }));
  const matrices = shape.includes(0) ? undefined : matricesOf(mergedAxes(axes));
  if (matrices === undefined) return copyStrided(runtime, x, shape, axes);
  const { batch, rows, columns } = matrices;
  return runToOutput(runtime, shape, x.dtype, (out) => ({
    kernel: runtime.kernels.transpose,
    items: batch * Math.ceil(rows / rowsPerItem),
    scratchBytes: 0,
    fields: [runtime.heap.pointerOf(x), out, rows, columns], // TransposeJob of assembly/rows/transpose.ts
  }));
}

/** Whether the walk over x exchanges the two axes of matrices that lie one after the other. */
function matricesOf(axes: readonly StridedAxis[]): { readonly batch: number; readonly rows: number; readonly columns: number } | undefined {
  const [columns, rows] = axes.slice(-2);
  if (columns === undefined || rows === undefined || axes.length > 3) return undefined;
  const [batch = { size: 1, stride: rows.size * columns.size }] = axes.length === 3 ? axes : [];
  const fits = columns.stride === 1 && rows.stride === columns.size && batch.stride === rows.size * columns.size;
  return fits ? { batch: batch.size, rows: rows.size, columns: columns.size } : undefined;
}

/** tfjs's transpose. */
export const transposeKernel: Kernel = {
  name: Transpose,
  add: (runtimeOf) => replaceKernels<TransposeCall>(runtimeOf, { [Transpose]: transpose }),
};
