import { Erf, Exp, Log, Tanh, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { runToOutput } from '../../../runtime/run-to-output.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { replaceKernels, type StockKernel } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';

/** In the order of assembly/elementwise/unary.ts. */
const operations: readonly string[] = [Exp, Log, Tanh, Erf];

/** 16 KiB of each operand. */
const countPerItem = 4096;

/** f(x) for each number, f by its name in tfjs; undefined where x is not float32. */
function unary(runtime: Runtime, operation: string, x: TensorInfo): Tensor | undefined {
  if (x.dtype !== 'float32') return undefined;
  const count = util.sizeFromShape(x.shape);
  return runToOutput(runtime, x.shape, 'float32', (out) => ({
    kernel: runtime.kernels.unary,
    items: Math.ceil(count / countPerItem),
    scratchBytes: 16,
    fields: [runtime.heap.pointerOf(x), out, count, countPerItem, operations.indexOf(operation)], // UnaryJob of assembly/elementwise/unary.ts
  }));
}

type UnaryCall = { readonly inputs: { readonly x: TensorInfo } };

const replacements = operations.map((name): [string, StockKernel<UnaryCall>] => [
  name,
  (runtime, { inputs }) => unary(runtime, name, inputs.x),
]);

/** tfjs's exp, log, tanh and erf, which are scalar code on wasm. */
export const unaryKernels: Kernel = {
  name: operations.join(', '),
  add: (runtimeOf) => replaceKernels(runtimeOf, Object.fromEntries(replacements)),
};
