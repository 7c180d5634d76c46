import { linearContract } from '@longspan/core-tensor/kernel';
import { reshape, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Runtime } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';
import { type MatMulCall, matMul } from '../../stock/mat-mul/mat-mul.ts';
import { columnSums } from '../../stock/sum/column-sums.ts';

/** The linear map in WebAssembly: nothing is transposed. */
export const linearKernel: Kernel = {
  name: linearContract.name,
  add: (runtimeOf) =>
    linearContract.addKernel('wasm', {
      name: 'wasm-simd',
      unsupported: (_, { activation }) => (activation === undefined ? null : 'an activation is a call of its own, whose result is kept'),
      tolerance: { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' },
      forward([x, weight, bias]) {
        const inputs = { a: asMatrix(x), b: weight, ...(bias && { bias }) };
        const out = product(runtimeOf(), inputs, { transposeA: false, transposeB: true });
        return [reshape(out, [...x.shape.slice(0, -1), weight.shape[0] as number])];
      },
      save: { inputs: [0, 1] },
      gradientOf: {
        0: ({ inputs: [x, weight] }, [dy]) =>
          reshape(product(runtimeOf(), { a: asMatrix(dy), b: weight }, { transposeA: false, transposeB: false }), x.shape),
        1: ({ inputs: [x] }, [dy]) => product(runtimeOf(), { a: asMatrix(dy), b: asMatrix(x) }, { transposeA: true, transposeB: false }),
        2: (_, [dy]) => biasGradient(runtimeOf(), dy),
      },
    }),
};

/** The sum of the cotangents of all rows. */
export function biasGradient(runtime: Runtime, dy: Tensor): Tensor {
  const { heap } = runtime;
  const [count, width] = asMatrix(dy).shape as [number, number];
  const dBias = heap.makeOutput([width]);
  columnSums(runtime, { pointer: heap.pointerOf(dy), count, width }, heap.pointerOf(dBias));
  return dBias;
}

/** The same data with the last axis as columns, and all others as rows. */
export function asMatrix({ dataId, dtype, size, shape }: Tensor): TensorInfo {
  const width = shape.at(-1) as number;
  return { dataId, dtype, shape: [size / width, width] };
}

/** The contract has checked what `matMul` leaves to tfjs. */
export const product = (runtime: Runtime, inputs: MatMulCall['inputs'], attrs: MatMulCall['attrs']): Tensor =>
  matMul(runtime, { inputs, attrs }) as Tensor;
