import {
  type AdamWStepAttributes,
  type AdamWStepInputs,
  type AdamWStepOutputs,
  adamWStepContract,
  parametersOfStep,
} from '@longspan/core-tensor/kernel';
import { floatBits, type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';

/** 16 KiB of each operand. */
const countPerItem = 4096;

/** The step of AdamW in WebAssembly: one job, and one pass, for all parameters. */
export const adamWStepKernel: Kernel = {
  name: adamWStepContract.name,
  add: (runtimeOf) =>
    adamWStepContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 1e-7, rtol: 2e-6, reason: 'products and sums are rounded once where the build has fused multiply-adds' },
      forward: (inputs, attributes) => step(runtimeOf(), inputs, attributes),
    }),
};

function step(
  runtime: Runtime,
  inputs: AdamWStepInputs,
  { learningRate, beta1, beta2, epsilon, weightDecay, step }: AdamWStepAttributes,
): AdamWStepOutputs {
  const { heap, kernels } = runtime;
  let items = 0;
  const steps = parametersOfStep(inputs).map((tensors) => {
    const [{ shape, size }] = tensors;
    const outputs = [heap.makeOutput(shape), heap.makeOutput(shape), heap.makeOutput(shape)];
    items += Math.ceil(size / countPerItem);
    return { outputs, fields: [...[...tensors, ...outputs].map(heap.pointerOf), size, items] };
  });
  const stepSize = learningRate / (1 - beta1 ** step);
  const correction = 1 / Math.sqrt(1 - beta2 ** step);
  runJob(runtime, {
    kernel: kernels.adamWStep,
    items,
    scratchBytes: 112,
    // AdamWStepJob of assembly/optimizer/adamw-step.ts, and what lies behind it
    fields: [
      ...[steps.length, countPerItem],
      ...[stepSize, beta1, beta2, 1 - beta1, 1 - beta2, correction, epsilon, 1 - learningRate * weightDecay].map(floatBits),
      ...steps.flatMap(({ fields }) => fields),
    ],
  });
  return steps.flatMap(({ outputs }) => outputs);
}
