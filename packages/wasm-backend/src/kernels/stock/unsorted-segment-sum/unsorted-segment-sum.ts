import { type Tensor, type TensorInfo, UnsortedSegmentSum, util } from '@tensorflow/tfjs-core';
import { type Runtime, runJob } from '../../../runtime/runtime.ts';
import { replaceKernels } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';

/** A call of tfjs's UnsortedSegmentSum. */
export interface SegmentSumCall {
  readonly inputs: { readonly x: TensorInfo; readonly segmentIds: TensorInfo };
  readonly attrs: { readonly numSegments: number };
}

/** As many columns as one item adds up: a few cache lines of each row. */
const columnsPerItem = 256;

/** For each segment the sum of x's rows whose id names it; undefined for a dtype that is neither float32 nor int32. */
export function unsortedSegmentSum(runtime: Runtime, { inputs, attrs }: SegmentSumCall): Tensor | undefined {
  const { x, segmentIds } = inputs;
  if (!['float32', 'int32'].includes(x.dtype) || segmentIds.dtype !== 'int32') return undefined;
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const outShape = [attrs.numSegments, ...rowShape];
  return segmentSum(runtime, { rows: x, ids: segmentIds, width: util.sizeFromShape(rowShape), outShape, passedOver: -1 });
}

export interface SegmentSum {
  /** As many rows as there are ids, of that width; float32 or int32. */
  readonly rows: TensorInfo;
  readonly ids: TensorInfo;
  readonly width: number;
  /** [segments, ...]: for each segment the sum of the rows whose id names it. */
  readonly outShape: readonly number[];
  /** The id of rows that are in no sum; −1 for none. */
  readonly passedOver: number;
}

export function segmentSum(runtime: Runtime, { rows, ids, width, outShape, passedOver }: SegmentSum): Tensor {
  const { heap, kernels } = runtime;
  const out = heap.makeOutput(outShape, rows.dtype);
  try {
    runJob(runtime, {
      kernel: kernels.unsortedSegmentSum,
      items: Math.ceil(width / columnsPerItem),
      scratchBytes: 0,
      // Those of assembly/rows/unsorted-segment-sum.ts, in that order.
      fields: [
        ...[heap.pointerOf(rows), heap.pointerOf(ids), heap.pointerOf(out)],
        ...[util.sizeFromShape(ids.shape), width, outShape[0] as number],
        columnsPerItem,
        rows.dtype === 'int32' ? 1 : 0,
        passedOver,
      ],
    });
  } catch (error) {
    out.dispose(); // the heap was too full for the job
    throw error;
  }
  return out;
}

/** tfjs's UnsortedSegmentSum, which its wasm backend lacks, and without which gather has no gradient. */
export const unsortedSegmentSumKernel: Kernel = {
  name: UnsortedSegmentSum,
  add: (runtimeOf) => replaceKernels<SegmentSumCall>(runtimeOf, { [UnsortedSegmentSum]: unsortedSegmentSum }),
};
