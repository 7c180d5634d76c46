import { type GatherRowsAttributes, gatherRowsContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';
import { segmentSum } from '../../stock/unsorted-segment-sum/unsorted-segment-sum.ts';

/** The gather of rows and the embedding gradient in WebAssembly. */
export const gatherRowsKernel: Kernel = {
  name: gatherRowsContract.name,
  add: (runtimeOf) =>
    gatherRowsContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 1e-6, rtol: 1e-6, reason: 'the gradients of a row are summed in another order' },
      forward: (inputs, attributes) => [gather(runtimeOf(), inputs, attributes)],
      save: { inputs: [1] },
      gradient: ({ inputs: [ids] }, [dy], { rows, width, paddingIndex }) => [
        segmentSum(runtimeOf(), { rows: dy, ids, width, outShape: [rows, width], passedOver: paddingIndex ?? -1 }),
        null,
      ],
    }),
};

function gather(runtime: Runtime, [table, ids]: readonly [Tensor, Tensor], { rows, width }: GatherRowsAttributes): Tensor {
  const { heap, kernels } = runtime;
  const out = heap.makeOutput([...ids.shape, width]);
  runJob(runtime, {
    kernel: kernels.gatherRows,
    items: ids.size,
    scratchBytes: 0,
    fields: [...[table, ids, out].map(heap.pointerOf), rows, width], // GatherRowsJob of assembly/rows/gather-rows.ts
  });
  return out;
}
