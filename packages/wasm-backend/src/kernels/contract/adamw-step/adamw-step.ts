import { type AdamWStepAttributes, type AdamWStepInputs, adamWStepContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { floatBits, type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';

/** 16 KiB of each operand. */
const countPerItem = 4096;

/** The step of AdamW in WebAssembly: one pass. */
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
): readonly [Tensor, Tensor, Tensor] {
  const { heap, kernels } = runtime;
  const [{ shape, size }] = inputs;
  const outputs = [heap.makeOutput(shape), heap.makeOutput(shape), heap.makeOutput(shape)] as const;
  const stepSize = learningRate / (1 - beta1 ** step);
  const correction = 1 / Math.sqrt(1 - beta2 ** step);
  runJob(runtime, {
    kernel: kernels.adamWStep,
    items: Math.ceil(size / countPerItem),
    scratchBytes: 112,
    // AdamWStepJob of assembly/elementwise/adamw-step.ts
    fields: [
      ...[...inputs, ...outputs].map(heap.pointerOf),
      ...[size, countPerItem],
      ...[stepSize, beta1, beta2, 1 - beta1, 1 - beta2, correction, epsilon, 1 - learningRate * weightDecay].map(floatBits),
    ],
  });
  return outputs;
}
