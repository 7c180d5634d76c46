import { type LayerNormAttributes, type LayerNormInputs, layerNormContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { floatBits, type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';
import { columnSums } from '../../stock/sum/column-sums.ts';

/** Rows whose part of the weight's gradient is added up in one go. */
const rowsPerItem = 64;

/** Layer norm in WebAssembly. */
export const layerNormKernel: Kernel = {
  name: layerNormContract.name,
  add: (runtimeOf) =>
    layerNormContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 2e-6, rtol: 1e-5, reason: 'float32 sums over rows and columns in another order' },
      forward: (inputs, attributes) => forward(runtimeOf(), inputs, attributes),
      save: { outputs: [1] },
      gradient: ({ inputs, outputs: [statistics] }, [dy], attributes) => backward(runtimeOf(), inputs, statistics, dy, attributes),
    }),
};

/** The normalised rows, and [rows, 3] for the gradient: mean, what the mean missed, inverse deviation. */
function forward(runtime: Runtime, inputs: LayerNormInputs, attributes: LayerNormAttributes): readonly [Tensor, Tensor] {
  const { heap, kernels } = runtime;
  const [x] = inputs;
  const width = x.shape.at(-1) as number;
  const rows = rowsOf(x);
  const [y, statistics] = [heap.makeOutput(x.shape), heap.makeOutput([rows, 3])];
  const { weight, bias } = affineOf(inputs, attributes);
  runJob(runtime, {
    kernel: kernels.layerNorm,
    items: rows,
    scratchBytes: 0,
    // LayerNormJob of assembly/norm/layer-norm.ts
    fields: [
      ...[heap.pointerOf(x), weight ? heap.pointerOf(weight) : 0, bias ? heap.pointerOf(bias) : 0],
      ...[heap.pointerOf(y), heap.pointerOf(statistics)],
      ...[width, floatBits(attributes.epsilon)],
    ],
  });
  return [y, statistics];
}

/** The gradients of x and, where they are there, of weight and bias. */
function backward(
  runtime: Runtime,
  inputs: LayerNormInputs,
  statistics: Tensor,
  dy: Tensor,
  attributes: LayerNormAttributes,
): readonly Tensor[] {
  const { heap, kernels } = runtime;
  const [x] = inputs;
  const width = x.shape.at(-1) as number;
  const rows = rowsOf(x);
  const items = Math.ceil(rows / rowsPerItem);
  const { weight, bias } = affineOf(inputs, attributes);
  const dx = heap.makeOutput(x.shape);
  const gradients = [weight, bias].map((each) => each && heap.makeOutput([width]));
  const parts = heap.allocate(4 * items * 2 * width);
  try {
    runJob(runtime, {
      kernel: kernels.layerNormGradient,
      items,
      scratchBytes: 0,
      // LayerNormGradientJob of assembly/norm/layer-norm.ts
      fields: [
        ...[heap.pointerOf(x), weight ? heap.pointerOf(weight) : 0, heap.pointerOf(statistics)],
        ...[heap.pointerOf(dy), heap.pointerOf(dx), parts],
        ...[rows, width, rowsPerItem],
      ],
    });
    gradients.forEach((gradient, at) => {
      const ofThis = { pointer: parts + 4 * at * width, count: items, width, stride: 2 * width };
      if (gradient) columnSums(runtime, ofThis, heap.pointerOf(gradient));
    });
  } finally {
    heap.free(parts);
  }
  return [dx, ...gradients.filter((each) => each !== undefined)];
}

const rowsOf = ({ size, shape }: Tensor): number => size / (shape.at(-1) as number);

const affineOf = (
  [, ...affine]: LayerNormInputs,
  { hasWeight, hasBias }: LayerNormAttributes,
): { readonly weight: Tensor | undefined; readonly bias: Tensor | undefined } => ({
  weight: hasWeight ? affine[0] : undefined,
  bias: hasBias ? affine.at(-1) : undefined,
});
