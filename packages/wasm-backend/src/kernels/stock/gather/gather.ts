import { backend_util, GatherV2, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
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

/** The slices of x that the indices name along its first axis longer than 1 or before; undefined for other axes and for batches. */
function gather(runtime: Runtime, { inputs: { x, indices }, attrs }: GatherCall): Tensor | undefined {
  const axis = util.parseAxisParam(attrs.axis, x.shape)[0] as number;
  const isFirst = x.shape.slice(0, axis).every((size) => size === 1);
  if (!hasFourBytes(x) || indices.dtype !== 'int32' || attrs.batchDims !== 0 || !isFirst) return undefined;
  const { heap, kernels } = runtime;
  const rows = x.shape[axis] as number;
  const count = util.sizeFromShape(indices.shape);
  const first = heap.pointerOf(indices) / 4;
  for (const index of heap.i32().subarray(first, first + count)) {
    util.assert(index >= 0 && index < rows, () => `GatherV2: the index value ${index} is not in [0, ${rows - 1}]`); // as tfjs says it
  }
  const { outputShape, sliceSize } = backend_util.segment_util.collectGatherOpShapeInfo(x as Tensor, indices as Tensor, axis, 0);
  return runToOutput(runtime, outputShape, x.dtype, (out) => ({
    kernel: kernels.gatherRows,
    items: count,
    scratchBytes: 0,
    fields: [heap.pointerOf(x), heap.pointerOf(indices), out, rows, sliceSize], // GatherRowsJob of assembly/rows/gather-rows.ts
  }));
}

/** tfjs's gather along the first axis. */
export const gatherKernel: Kernel = {
  name: GatherV2,
  add: (runtimeOf) => replaceKernels<GatherCall>(runtimeOf, { [GatherV2]: gather }),
};
