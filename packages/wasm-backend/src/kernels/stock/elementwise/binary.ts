import {
  Equal,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  Maximum,
  Minimum,
  NotEqual,
  type Tensor,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { runToOutput } from '../../../runtime/run-to-output.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { replaceKernels, type StockKernel } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';

/** In the order of assembly/elementwise/binary.ts. */
const operations: readonly string[] = [Maximum, Minimum, Equal, NotEqual, Greater, GreaterEqual, Less, LessEqual];

/** 16 KiB of each operand. */
const countPerItem = 4096;

/** f(a, b) for each pair, f by its name in tfjs; undefined for other dtypes, and where more is to be broadcast than a single number. */
function binary(runtime: Runtime, operation: string, a: TensorInfo, b: TensorInfo): Tensor | undefined {
  if (a.dtype !== b.dtype || !['float32', 'int32'].includes(a.dtype)) return undefined;
  const isSame = util.arraysEqual(a.shape, b.shape);
  const isOne = ({ shape }: TensorInfo, other: TensorInfo): boolean =>
    !isSame && util.sizeFromShape(shape) === 1 && shape.length <= other.shape.length;
  const [isSameA, isSameB] = [isOne(a, b), isOne(b, a)];
  if (!(isSame || isSameA || isSameB)) return undefined;
  const { heap, kernels } = runtime;
  const { shape } = isSameA ? b : a;
  const count = util.sizeFromShape(shape);
  const dtype = operation === Maximum || operation === Minimum ? a.dtype : 'bool';
  return runToOutput(runtime, shape, dtype, (out) => ({
    kernel: kernels.binary,
    items: Math.ceil(count / countPerItem),
    scratchBytes: 48,
    // BinaryJob of assembly/elementwise/binary.ts
    fields: [
      ...[heap.pointerOf(a), heap.pointerOf(b), out],
      ...[count, countPerItem, operations.indexOf(operation)],
      ...[a.dtype === 'int32', isSameA, isSameB].map(Number),
    ],
  }));
}

type BinaryCall = { readonly inputs: { readonly a: TensorInfo; readonly b: TensorInfo } };

const replacements = operations.map((name): [string, StockKernel<BinaryCall>] => [
  name,
  (runtime, { inputs }) => binary(runtime, name, inputs.a, inputs.b),
]);

/** tfjs's maximum, minimum and comparisons, which are scalar code on wasm. */
export const binaryKernels: Kernel = {
  name: operations.join(', '),
  add: (runtimeOf) => replaceKernels(runtimeOf, Object.fromEntries(replacements)),
};
