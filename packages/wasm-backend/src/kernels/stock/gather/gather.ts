import { backend_util, GatherV2, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Heap } from '../../../heap/heap.ts';
import { runToOutput } from '../../../runtime/run-to-output.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { replaceKernels } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';
import { hasFourBytes } from '../strided-copy/strided-copy.ts';

/** A call of tfjs's GatherV2. */
interface GatherCall {
  readonly inputs: { readonly x: TensorInfo; readonly indices: TensorInfo };
  readonly attrs: { readonly axis: number; readonly batchDims: number };
}

/** The slices of x that the indices name along an axis, in batches; undefined where an element has one byte and there are no batches. */
function gather(runtime: Runtime, { inputs: { x, indices }, attrs }: GatherCall): Tensor | undefined {
  const axis = util.parseAxisParam(attrs.axis, x.shape)[0] as number;
  const isFirst = x.shape.slice(0, axis).every((size) => size === 1);
  const isEmpty = x.shape.includes(0) || indices.shape.includes(0);
  // tfjs's own kernel is right without batches, and wrong with them: it takes each batch's slices from the first. Of nothing it gives
  // another shape.
  if (indices.dtype !== 'int32' || (attrs.batchDims === 0 && !isEmpty && !(hasFourBytes(x) && isFirst))) return undefined;
  const rows = x.shape[axis] as number;
  requireRows(runtime.heap, indices, rows);
  const info = backend_util.segment_util.collectGatherOpShapeInfo(x as Tensor, indices as Tensor, axis, attrs.batchDims);
  if (isEmpty && info.outputShape.includes(0)) return runtime.heap.makeOutput(info.outputShape, x.dtype);
  if (isFirst) return gatherRows(runtime, x, indices, { ...info, rows });
  const ofAll = rowsOfAllBatches(runtime.heap, indices, { ...info, rows });
  try {
    return gatherRows(runtime, x, ofAll, { ...info, rows: info.batchSize * info.outerSize * rows });
  } finally {
    ofAll.dispose();
  }
}

function requireRows(heap: Heap, indices: TensorInfo, rows: number): void {
  const first = heap.pointerOf(indices) / 4;
  for (const index of heap.i32().subarray(first, first + util.sizeFromShape(indices.shape))) {
    util.assert(index >= 0 && index < rows, () => `GatherV2: the index value ${index} is not in [0, ${rows - 1}]`); // as tfjs says it
  }
}

interface Sizes {
  readonly batchSize: number;
  readonly outerSize: number;
  readonly sliceSize: number;
  readonly outputShape: readonly number[];
  /** How many slices the indices may name. */
  readonly rows: number;
}

/** The indices [batch, count] of slices within their own [rows], as indices [batch, outer, count] of x's [batch * outer * rows]. */
function rowsOfAllBatches(heap: Heap, indices: TensorInfo, { batchSize, outerSize, rows }: Sizes): Tensor {
  const count = util.sizeFromShape(indices.shape) / Math.max(batchSize, 1);
  const ofAll = heap.makeOutput([batchSize, outerSize, count], 'int32');
  const integers = heap.i32();
  const from = heap.pointerOf(indices) / 4;
  let to = heap.pointerOf(ofAll) / 4;
  for (let part = 0; part < batchSize * outerSize; part++) {
    const first = from + Math.floor(part / outerSize) * count;
    for (let at = 0; at < count; at++) integers[to++] = part * rows + (integers[first + at] as number);
  }
  return ofAll;
}

function gatherRows(runtime: Runtime, x: TensorInfo, indices: TensorInfo, { rows, sliceSize, outputShape }: Sizes): Tensor {
  const { heap, kernels } = runtime;
  if (!hasFourBytes(x)) return gatherBytes(heap, x, indices, outputShape);
  return runToOutput(runtime, outputShape, x.dtype, (out) => ({
    kernel: kernels.gatherRows,
    items: util.sizeFromShape(indices.shape),
    scratchBytes: 0,
    fields: [heap.pointerOf(x), heap.pointerOf(indices), out, rows, sliceSize], // GatherRowsJob of assembly/rows/gather-rows.ts
  }));
}

/** The same for elements of one byte, which are few. */
function gatherBytes(heap: Heap, x: TensorInfo, indices: TensorInfo, outputShape: readonly number[]): Tensor {
  const out = heap.makeOutput(outputShape, x.dtype);
  const bytes = new Uint8Array(heap.memory().buffer);
  const count = util.sizeFromShape(indices.shape);
  const size = util.sizeFromShape([...outputShape]) / Math.max(count, 1);
  const [table, first, start] = [heap.pointerOf(x), heap.pointerOf(indices) / 4, heap.pointerOf(out)];
  for (let at = 0; at < count; at++) {
    const from = table + (heap.i32()[first + at] as number) * size;
    bytes.copyWithin(start + at * size, from, from + size);
  }
  return out;
}

/** tfjs's gather along the first axis, and along any axis in batches. */
export const gatherKernel: Kernel = {
  name: GatherV2,
  add: (runtimeOf) => replaceKernels<GatherCall>(runtimeOf, { [GatherV2]: gather }),
};
