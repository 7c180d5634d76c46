import { type DropoutAttributes, dropoutContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { floatBits, type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';

/** 16 KiB of each operand. */
const countPerItem = 4096;

/** Dropout in WebAssembly: the backward pass draws the mask again. */
export const dropoutKernel: Kernel = {
  name: dropoutContract.name,
  add: (runtimeOf) =>
    dropoutContract.addKernel('wasm', {
      name: 'wasm-simd',
      forward: ([x], attributes) => [drop(runtimeOf(), x, attributes)],
      save: { inputs: [] },
      gradient: (_, [dy], attributes) => [drop(runtimeOf(), dy, attributes)],
    }),
};

function drop(runtime: Runtime, x: Tensor, { rate, key }: DropoutAttributes): Tensor {
  const { heap, kernels } = runtime;
  const y = heap.makeOutput(x.shape);
  runJob(runtime, {
    kernel: kernels.dropout,
    items: Math.ceil(x.size / countPerItem),
    scratchBytes: 32,
    // DropoutJob of assembly/elementwise/dropout.ts. bernoulli keeps the words below (1 − rate) · 2³², which need not be whole.
    fields: [
      ...[heap.pointerOf(x), heap.pointerOf(y), x.size, countPerItem],
      ...[key.words[0], key.words[1], Math.ceil((1 - rate) * 2 ** 32) - 1, floatBits(1 / (1 - rate))],
    ],
  });
  return y;
}
