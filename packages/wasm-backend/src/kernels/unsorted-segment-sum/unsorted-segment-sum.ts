import { type Tensor, type TensorInfo, UnsortedSegmentSum, util } from '@tensorflow/tfjs-core';
import { replaceKernel } from '../../replace-kernel.ts';
import { type Runtime, type RuntimeOf, runJob } from '../../runtime.ts';
import type { TfjsWasm } from '../../tfjs-wasm.ts';

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
  const { heap, kernels } = runtime;
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const width = util.sizeFromShape(rowShape);
  const out = heap.makeOutput([attrs.numSegments, ...rowShape], x.dtype);
  try {
    runJob(runtime, {
      kernel: kernels.unsortedSegmentSum,
      items: Math.ceil(width / columnsPerItem),
      scratchBytes: 0,
      // Those of assembly/unsorted-segment-sum.ts, in that order.
      fields: [
        ...[heap.pointerOf(x), heap.pointerOf(segmentIds), heap.pointerOf(out)],
        ...[util.sizeFromShape(segmentIds.shape), width, attrs.numSegments],
        columnsPerItem,
        x.dtype === 'int32' ? 1 : 0,
      ],
    });
  } catch (error) {
    out.dispose(); // the heap was too full for the job
    throw error;
  }
  return out;
}

/** Gives tfjs's wasm backend its missing UnsortedSegmentSum, with which gather has a gradient; returns what takes it out. */
export const registerUnsortedSegmentSum = (runtimeOf: RuntimeOf): (() => void) =>
  replaceKernel(
    UnsortedSegmentSum,
    (stock) => (call) => unsortedSegmentSum(runtimeOf(call.backend as TfjsWasm), call as object as SegmentSumCall) ?? stock(call),
  );
