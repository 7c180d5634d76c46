import { type RmsNormAttributes, type RmsNormInputs, rmsNormContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { floatBits, type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';
import { columnSums } from '../../stock/sum/column-sums.ts';

/** Rows whose part of the weight's gradient is added up in one go. */
const rowsPerItem = 64;

/** RMS norm in WebAssembly. */
export const rmsNormKernel: Kernel = {
  name: rmsNormContract.name,
  add: (runtimeOf) =>
    rmsNormContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 2e-6, rtol: 1e-5, reason: 'float32 sums over rows and columns in another order' },
      forward: (inputs, attributes) => forward(runtimeOf(), inputs, attributes),
      save: { outputs: [1] },
      gradient: ({ inputs, outputs: [inverses] }, [dy]) => backward(runtimeOf(), inputs, inverses, dy),
    }),
};

/** The normalised rows and, for the gradient, the inverse of each root mean square. */
function forward(runtime: Runtime, [x, weight]: RmsNormInputs, { epsilon }: RmsNormAttributes): readonly [Tensor, Tensor] {
  const { heap, kernels } = runtime;
  const width = x.shape.at(-1) as number;
  const rows = x.size / width;
  const [y, inverses] = [heap.makeOutput(x.shape), heap.makeOutput([rows])];
  runJob(runtime, {
    kernel: kernels.rmsNorm,
    items: rows,
    scratchBytes: 0,
    // RmsNormJob of assembly/norm/rms-norm.ts
    fields: [
      ...[heap.pointerOf(x), weight ? heap.pointerOf(weight) : 0, heap.pointerOf(y), heap.pointerOf(inverses)],
      ...[width, floatBits(epsilon)],
    ],
  });
  return [y, inverses];
}

/** The gradients of x and, where it is there, of the weight. */
function backward(runtime: Runtime, [x, weight]: RmsNormInputs, inverses: Tensor, dy: Tensor): readonly Tensor[] {
  const { heap, kernels } = runtime;
  const width = x.shape.at(-1) as number;
  const rows = x.size / width;
  const items = Math.ceil(rows / rowsPerItem);
  const dx = heap.makeOutput(x.shape);
  const dWeight = weight && heap.makeOutput([width]);
  const parts = heap.allocate(4 * items * width);
  try {
    runJob(runtime, {
      kernel: kernels.rmsNormGradient,
      items,
      scratchBytes: 0,
      // RmsNormGradientJob of assembly/norm/rms-norm.ts
      fields: [
        ...[heap.pointerOf(x), weight ? heap.pointerOf(weight) : 0, heap.pointerOf(inverses)],
        ...[heap.pointerOf(dy), heap.pointerOf(dx), parts],
        ...[rows, width, rowsPerItem],
      ],
    });
    if (dWeight) columnSums(runtime, { pointer: parts, count: items, width }, heap.pointerOf(dWeight));
  } finally {
    heap.free(parts);
  }
  return dWeight ? [dx, dWeight] : [dx];
}
