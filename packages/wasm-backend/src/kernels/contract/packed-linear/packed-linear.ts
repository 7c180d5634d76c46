import { float16LinearContract, int8LinearContract, type PackedKind, requireNoGradient } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { noteOf, onThreads, type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Work } from '../../../threads/worth-sharing.ts';
import type { Kernel } from '../../kernel.ts';
import { matMulJob, type PackedOperand } from '../../stock/mat-mul/job.ts';
import type { Product } from '../../stock/mat-mul/product.ts';
import { spreadOver } from '../../stock/mat-mul/spread.ts';
import { biasGradient } from '../linear/linear.ts';

const tolerance = { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' };

/** The linear map by a weight in float16, which is widened while slabs of it are packed for the product. */
export const float16LinearKernel: Kernel = {
  name: float16LinearContract.name,
  add: (runtimeOf) =>
    float16LinearContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance,
      note: ([x, numbers], { width }) => noteOf(runtimeOf(), workOf({ kind: 'float16', numbers, width }, x.size / width)),
      forward: ([x, numbers, bias], { width }) => [packedLinear(runtimeOf(), x, { kind: 'float16', numbers, width }, bias)],
      save: { inputs: [1] },
      gradientOf: {
        0: ({ inputs: [numbers] }, [dy], { width }) => rowsGradient(runtimeOf(), dy, { kind: 'float16', numbers, width }),
        1: () => requireNoGradient('float16'),
        2: (_, [dy]) => biasGradient(runtimeOf(), dy),
      },
    }),
};

/**
 * The same by a weight in int8: of three rows and more a product of whole numbers, for which each row is rounded to 16 bits of its largest
 * number, slab by slab, or to 14 where that is faster (hasWideDots). What 14 take away is a sixtieth of what 8 bits took from the weight.
 * A row with NaN or infinity is NaN.
 */
export const int8LinearKernel: Kernel = {
  name: int8LinearContract.name,
  add: (runtimeOf) =>
    int8LinearContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: {
        atol: 1e-2,
        rtol: 5e-5,
        reason: 'rows of x are rounded to 14 bits: a 16,382nd of their largest number, times the sum of a column, at worst',
      },
      note: ([x, numbers, scale], { width }) => noteOf(runtimeOf(), workOf({ kind: 'int8', numbers, scale, width }, x.size / width)),
      forward: ([x, numbers, scale, bias], { width }) => [packedLinear(runtimeOf(), x, { kind: 'int8', numbers, scale, width }, bias)],
      save: { inputs: [1, 2] },
      gradientOf: {
        0: ({ inputs: [numbers, scale] }, [dy], { width }) => rowsGradient(runtimeOf(), dy, { kind: 'int8', numbers, scale, width }),
        1: () => requireNoGradient('int8'),
        2: () => requireNoGradient('int8'),
        3: (_, [dy]) => biasGradient(runtimeOf(), dy),
      },
    }),
};

interface Weight {
  readonly kind: PackedKind;
  readonly numbers: Tensor;
  readonly scale?: Tensor | undefined;
  /** Its `in`. */
  readonly width: number;
}

const numbersPerWord = { float16: 2, int8: 4 } as const;

/** From one row of the weight to the next, in its own numbers. */
const rowStepOf = ({ kind, numbers }: Weight): number => numbersPerWord[kind] * (numbers.shape[1] as number);

function workOf({ numbers, width }: Weight, rows: number): Work {
  const out = numbers.shape[0] as number;
  return { flops: 2 * rows * out * width, bytes: 4 * (numbers.size + rows * (out + width)) };
}

/** x · weightᵀ + bias. */
export function packedLinear(runtime: Runtime, x: Tensor, weight: Weight, bias: Tensor | undefined): Tensor {
  const { width, numbers, scale, kind } = weight;
  const out = numbers.shape[0] as number;
  const rows = x.size / width;
  const product: Product = {
    ...{ outBatch: [], rows, columns: out, depth: width },
    ...{ aRowStep: width, aDepthStep: 1, bDepthStep: 1, bColumnStep: rowStepOf(weight) },
    ...{ aOffsets: [0], bOffsets: [0] },
  };
  return onThreads(runtime, workOf(weight, rows), (given) => {
    const scales = scale && { pointer: given.heap.pointerOf(scale), depthStep: 0, columnStep: 1 };
    return multiplied(given, product, { a: x, b: numbers, bias, packed: { kind, scales } }, [...x.shape.slice(0, -1), out]);
  });
}

/** dy · weight. */
function rowsGradient(runtime: Runtime, dy: Tensor, weight: Weight): Tensor {
  const { width, numbers, scale, kind } = weight;
  const out = numbers.shape[0] as number;
  const rows = dy.size / out;
  const product: Product = {
    ...{ outBatch: [], rows, columns: width, depth: out },
    ...{ aRowStep: out, aDepthStep: 1, bDepthStep: rowStepOf(weight), bColumnStep: 1 },
    ...{ aOffsets: [0], bOffsets: [0] },
  };
  return onThreads(runtime, workOf(weight, rows), (given) => {
    const scales = scale && { pointer: given.heap.pointerOf(scale), depthStep: 1, columnStep: 0 };
    return multiplied(given, product, { a: dy, b: numbers, bias: undefined, packed: { kind, scales } }, [...dy.shape.slice(0, -1), width]);
  });
}

function multiplied(
  runtime: Runtime,
  product: Product,
  { a, b, bias, packed }: { readonly a: Tensor; readonly b: Tensor; readonly bias: Tensor | undefined; readonly packed: PackedOperand },
  shape: readonly number[],
): Tensor {
  const { heap, kernels, shared } = runtime;
  const out = heap.makeOutput(shape);
  const spread = bias && spreadOver(product, bias.shape);
  const call = {
    product,
    ...{ a: heap.pointerOf(a), b: heap.pointerOf(b), out: heap.pointerOf(out) },
    ...{ activation: 0, bias: bias && spread && { ...spread, pointer: heap.pointerOf(bias) }, slopes: undefined, slope: 0 },
    packed,
  };
  runJob(runtime, matMulJob(kernels, call, shared?.pool.size));
  return out;
}
