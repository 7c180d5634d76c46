import { type CrossEntropyAttributes, type CrossEntropyInputs, crossEntropyContract } from '@longspan/core-tensor/kernel';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import { floatBits, type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';

/** Cross entropy in WebAssembly. */
export const crossEntropyKernel: Kernel = {
  name: crossEntropyContract.name,
  add: (runtimeOf) =>
    crossEntropyContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 2e-6, rtol: 2e-6, reason: 'float32 sums over classes and rows in another order' },
      forward: (inputs, attributes) => forward(runtimeOf(), inputs, attributes),
      save: { outputs: [1, 2] },
      gradient: ({ inputs, outputs: [normalizers, counted] }, [dy], attributes) => [
        backward(runtimeOf(), inputs, { normalizers, counted, dy }, attributes),
        null,
      ],
    }),
};

/** The loss and, for the gradient, what each row's log-sum-exp is the sum of, and how many rows count. */
function forward(
  runtime: Runtime,
  [logits, targets]: CrossEntropyInputs,
  { reduction, ignoreIndex, labelSmoothing, classes }: CrossEntropyAttributes,
): readonly [loss: Tensor, normalizers: Tensor, counted: Tensor] {
  const { heap, kernels } = runtime;
  const rows = targets.size;
  const [losses, normalizers] = [heap.makeOutput([rows]), heap.makeOutput([rows, 2])];
  runJob(runtime, {
    kernel: kernels.crossEntropy,
    items: rows,
    scratchBytes: 0,
    // CrossEntropyJob of assembly/loss/cross-entropy.ts
    fields: [...[logits, targets, losses, normalizers].map(heap.pointerOf), ...[classes, ignoreIndex, floatBits(labelSmoothing)]],
  });
  const [total, counted] = [heap.makeOutput([]), heap.makeOutput([])];
  runJob(runtime, {
    kernel: kernels.crossEntropyTotal,
    items: 1,
    scratchBytes: 0,
    // CrossEntropyTotalJob
    fields: [...[losses, targets, total, counted].map(heap.pointerOf), rows, classes, ignoreIndex, reduction === 'mean' ? 1 : 0],
  });
  return [reduction === 'none' ? reshape(losses, targets.shape) : total, normalizers, counted];
}

/** The gradient of the logits. */
function backward(
  runtime: Runtime,
  [logits, targets]: CrossEntropyInputs,
  { normalizers, counted, dy }: { readonly normalizers: Tensor; readonly counted: Tensor; readonly dy: Tensor },
  { reduction, ignoreIndex, labelSmoothing, classes }: CrossEntropyAttributes,
): Tensor {
  const { heap, kernels } = runtime;
  const dlogits = heap.makeOutput(logits.shape);
  runJob(runtime, {
    kernel: kernels.crossEntropyGradient,
    items: targets.size,
    scratchBytes: 0,
    // CrossEntropyGradientJob
    fields: [
      ...[logits, targets, normalizers, dy].map(heap.pointerOf),
      reduction === 'none' ? 4 : 0,
      reduction === 'mean' ? heap.pointerOf(counted) : 0,
      heap.pointerOf(dlogits),
      ...[classes, ignoreIndex, floatBits(labelSmoothing)],
    ],
  });
  return dlogits;
}
