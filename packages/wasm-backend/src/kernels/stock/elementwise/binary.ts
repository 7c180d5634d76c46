import {
  backend_util,
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
  tidy,
  util,
} from '@tensorflow/tfjs-core';
import { runToOutput } from '../../../runtime/run-to-output.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { replaceKernels, type StockKernel } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';
import { copyStrided, hasFourBytes, stridesOf } from '../strided-copy/strided-copy.ts';

/** In the order of assembly/elementwise/binary.ts. */
const operations: readonly string[] = [Maximum, Minimum, Equal, NotEqual, Greater, GreaterEqual, Less, LessEqual];

/** 16 KiB of each operand. */
const countPerItem = 4096;

/**
 * f(a, b) for each pair, f by its name in tfjs; undefined for other dtypes. Of operands of several shapes tfjs's own comparisons are right,
 * but its maximum and minimum lose NaN: there operands that are repeated are copied first.
 */
function binary(runtime: Runtime, operation: string, a: TensorInfo, b: TensorInfo): Tensor | undefined {
  const made = ofOneShape(runtime, operation, a, b);
  if (made !== undefined || (operation !== Maximum && operation !== Minimum) || !(hasFourBytes(a) && a.dtype === b.dtype)) return made;
  const shape = backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
  return tidy(() => {
    const [one, other] = [a, b].map((each) => repeated(runtime, each, shape));
    return one && other && ofOneShape(runtime, operation, one, other);
  }) as Tensor | undefined;
}

/** x repeated to that shape. */
function repeated(runtime: Runtime, x: TensorInfo, shape: readonly number[]): TensorInfo | undefined {
  if (util.arraysEqual(x.shape, [...shape])) return x;
  const strides = stridesOf(x.shape);
  const missing = shape.length - x.shape.length;
  const axes = shape.map((size, axis) => ({
    size,
    stride: axis < missing || x.shape[axis - missing] === 1 ? 0 : (strides[axis - missing] as number),
  }));
  return copyStrided(runtime, x, shape, axes);
}

/** The same where the shapes are equal, or one operand is a single number; undefined for others. */
function ofOneShape(runtime: Runtime, operation: string, a: TensorInfo, b: TensorInfo): Tensor | undefined {
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
