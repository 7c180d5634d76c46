import {
  type AdafactorStepAttributes,
  type AdafactorStepInputs,
  type AdafactorStepOfOne,
  adafactorStepContract,
  parametersOfAdafactor,
} from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { floatBits, type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';

/** The step of Adafactor in WebAssembly: one job for all parameters, four passes over each. */
export const adafactorStepKernel: Kernel = {
  name: adafactorStepContract.name,
  add: (runtimeOf) =>
    adafactorStepContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 2e-6, rtol: 1e-5, reason: 'sums of squares in another order, and products with inverse roots for quotients' },
      forward: (inputs, attributes) => step(runtimeOf(), inputs, attributes),
    }),
};

function step(runtime: Runtime, inputs: AdafactorStepInputs, attributes: AdafactorStepAttributes): readonly Tensor[] {
  const { heap, kernels } = runtime;
  const { learningRate, leastScale, beta1, beta2, epsilon, clipThreshold, weightDecay } = attributes;
  const like = (tensor: Tensor): Tensor => heap.makeOutput(tensor.shape);
  let scratchNumbers = 0;
  const steps = parametersOfAdafactor(inputs, attributes).map((one) => {
    const { parameter, gradient, meanOfRows, meanOfColumns, firstMoment } = one;
    const after = { parameter: like(parameter), rows: meanOfRows && like(meanOfRows), columns: like(meanOfColumns) };
    const first = firstMoment && like(firstMoment);
    const { matrices, rows, columns } = sizesOf(one);
    scratchNumbers = Math.max(scratchNumbers, 2 * columns + rows);
    const pointers = [parameter, gradient, meanOfRows, meanOfColumns, firstMoment, after.parameter, after.rows, after.columns, first];
    return {
      outputs: [after.parameter, ...(after.rows ? [after.rows] : []), after.columns, ...(first ? [first] : [])],
      fields: [...pointers.map((tensor) => (tensor ? heap.pointerOf(tensor) : 0)), matrices, rows, columns],
    };
  });
  runJob(runtime, {
    kernel: kernels.adafactorStep,
    items: steps.length,
    scratchBytes: 4 * scratchNumbers,
    // AdafactorStepJob of assembly/optimizer/adafactor-step.ts, and what lies behind it
    fields: [
      ...[learningRate, leastScale, beta2, 1 - beta2, beta1 ?? 0, 1 - (beta1 ?? 0), epsilon, clipThreshold, weightDecay].map(floatBits),
      ...steps.flatMap(({ fields }) => fields),
    ],
  });
  return steps.flatMap(({ outputs }) => outputs);
}

/** A parameter as matrices; of fewer than two axes as one row. */
function sizesOf({ parameter: { shape, size } }: AdafactorStepOfOne): {
  readonly matrices: number;
  readonly rows: number;
  readonly columns: number;
} {
  if (shape.length < 2) return { matrices: 1, rows: 1, columns: size };
  const [rows, columns] = shape.slice(-2) as [number, number];
  return { matrices: shape.slice(0, -2).reduce((product, extent) => product * extent, 1), rows, columns };
}
