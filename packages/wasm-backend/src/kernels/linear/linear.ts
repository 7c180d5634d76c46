import { linearContract } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Work } from '../../pool/work.ts';
import { onThreads, type Runtime } from '../../runtime.ts';
import { columnSums } from '../column-sums/column-sums.ts';
import { type Matrix, multiply } from '../mat-mul/multiply.ts';

/** Puts the linear map in WebAssembly in front of the reference: nothing is transposed. @returns takes it out again */
export const addLinear = (runtime: () => Runtime): (() => void) =>
  linearContract.addKernel('wasm', {
    name: 'wasm-simd',
    tolerance: { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' },
    forward: ([x, weight, bias]) => [onThreads(runtime(), workOf(x, weight), (given) => forward(given, x, weight, bias))],
    save: { inputs: [0, 1] },
    gradientOf: {
      0: ({ inputs: [x, weight] }, [dy]) =>
        onThreads(runtime(), workOf(x, weight), (given) => {
          const dx = given.heap.makeOutput(x.shape);
          multiply(given, rows(given, dy), matrix(given, weight), given.heap.pointerOf(dx));
          return dx;
        }),
      1: ({ inputs: [x, weight] }, [dy]) =>
        onThreads(runtime(), workOf(x, weight), (given) => {
          const dWeight = given.heap.makeOutput(weight.shape);
          multiply(given, { ...rows(given, dy), transposed: true }, rows(given, x), given.heap.pointerOf(dWeight));
          return dWeight;
        }),
      2(_, [dy]) {
        const { heap } = runtime();
        const { pointer, shape } = rows(runtime(), dy);
        const dBias = heap.makeOutput([shape[1]]);
        columnSums(runtime(), { pointer, count: shape[0], width: shape[1] }, heap.pointerOf(dBias));
        return dBias;
      },
    },
  });

function forward(runtime: Runtime, x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
  const { heap } = runtime;
  const outFeatures = weight.shape[0] as number;
  const out = heap.makeOutput([...x.shape.slice(0, -1), outFeatures]);
  const spread = bias && { pointer: heap.pointerOf(bias), shape: [outFeatures] };
  multiply(runtime, rows(runtime, x), { ...matrix(runtime, weight), transposed: true }, heap.pointerOf(out), spread);
  return out;
}

/** What each of the three products costs: out, dx or the gradient of the weight, of the other two. */
function workOf(x: Tensor, weight: Tensor): Work {
  const [outFeatures = 1, inFeatures = 1] = weight.shape;
  const outSize = (x.size / inFeatures) * outFeatures;
  return { flops: 2 * x.size * outFeatures, bytes: 4 * (x.size + weight.size + outSize) };
}

/** A tensor whose last axis are the columns, all others the rows. */
function rows({ heap }: Runtime, tensor: Tensor): Matrix {
  const width = tensor.shape.at(-1) as number;
  return { pointer: heap.pointerOf(tensor), shape: [tensor.size / width, width] };
}

const matrix = ({ heap }: Runtime, tensor: Tensor): Matrix => ({
  pointer: heap.pointerOf(tensor),
  shape: tensor.shape as [number, number],
});
