import { parametersWithMomentum, type SgdStepAttributes, type SgdStepInputs, sgdStepContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { floatBits, type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';

/** The step of gradient descent with momentum in WebAssembly: one job, and one pass, for all parameters. */
export const sgdStepKernel: Kernel = {
  name: sgdStepContract.name,
  add: (runtimeOf) =>
    sgdStepContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 5e-7, rtol: 1e-6, reason: 'the decay is added to the gradient also where it is 0' },
      forward: (inputs, attributes) => step(runtimeOf(), inputs, attributes),
    }),
};

function step(runtime: Runtime, inputs: SgdStepInputs, { learningRate, momentum, weightDecay }: SgdStepAttributes): readonly Tensor[] {
  const { heap, kernels } = runtime;
  const steps = parametersWithMomentum(inputs).map((tensors) => {
    const [{ shape, size }] = tensors;
    const outputs = [heap.makeOutput(shape), heap.makeOutput(shape)];
    return { outputs, fields: [...[...tensors, ...outputs].map(heap.pointerOf), size] };
  });
  runJob(runtime, {
    kernel: kernels.sgdStep,
    items: steps.length,
    scratchBytes: 0,
    // SgdStepJob of assembly/optimizer/sgd-step.ts, and what lies behind it
    fields: [...[learningRate, momentum, weightDecay].map(floatBits), ...steps.flatMap(({ fields }) => fields)],
  });
  return steps.flatMap(({ outputs }) => outputs);
}
