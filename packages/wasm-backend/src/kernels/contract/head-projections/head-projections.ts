import {
  asHeads,
  asTokens,
  gradientsByPlace,
  type HeadProjection,
  type HeadProjectionsInputs,
  type HeadProjectionsOutputs,
  headProjectionsContract,
  projectionsOf,
} from '@longspan/core-tensor/kernel';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import { onThreads, type Runtime } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';
import { multiply } from '../../stock/mat-mul/multiply.ts';
import { asMatrix, biasGradient, product } from '../linear/linear.ts';

/** Projections to heads in WebAssembly: no weight is transposed, and the gradients of x are added up where the products are written. */
export const headProjectionsKernel: Kernel = {
  name: headProjectionsContract.name,
  add: (runtimeOf) =>
    headProjectionsContract.addKernel<HeadProjectionsOutputs>('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' },
      forward: (inputs, attributes) => projectionsOf(inputs, attributes).map((each) => projected(runtimeOf(), inputs[0], each)),
      gradientOf: gradientsByPlace({
        x: ({ inputs }, dys, attributes) => rowsGradient(runtimeOf(), inputs, projectionsOf(inputs, attributes), dys),
        weight: (x, dy) => product(runtimeOf(), { a: asMatrix(asTokens(dy)), b: asMatrix(x) }, { transposeA: true, transposeB: false }),
        bias: (dy) => biasGradient(runtimeOf(), asTokens(dy)),
      }),
    }),
};

function projected(runtime: Runtime, x: Tensor, { weight, bias, heads }: HeadProjection): Tensor {
  const inputs = { a: asMatrix(x), b: weight, ...(bias && { bias }) };
  const rows = product(runtime, inputs, { transposeA: false, transposeB: true });
  return asHeads(reshape(rows, [...x.shape.slice(0, -1), weight.shape[0] as number]), heads);
}

/** Σ dy · weight. */
function rowsGradient(
  runtime: Runtime,
  [x]: HeadProjectionsInputs,
  projections: readonly HeadProjection[],
  dys: HeadProjectionsOutputs,
): Tensor {
  const width = x.shape.at(-1) as number;
  const rows = x.size / width;
  const tokens = dys.map(asTokens);
  const read = tokens.reduce((sum, { size }, at) => sum + size + (projections[at] as HeadProjection).weight.size, 0);
  const out = tokens.reduce((sum, { shape }) => sum + (shape.at(-1) as number), 0);
  return onThreads(runtime, { flops: 2 * rows * out * width, bytes: 4 * (read + x.size) }, (given) => {
    const { heap } = given;
    const dx = heap.makeOutput(x.shape);
    const spare = projections.length > 1 ? heap.allocate(4 * x.size) : 0;
    try {
      // The sum so far goes to the tensor and to the spare one by turns, the last to the tensor, each time plus the one before. The last
      // projection first, as the tape adds up what separate calls give.
      for (let at = projections.length - 1; at >= 0; at--) {
        const { weight } = projections[at] as HeadProjection;
        const places = [heap.pointerOf(dx), spare];
        const [place = 0, before = 0] = at % 2 === 0 ? places : places.reverse();
        const shape = weight.shape as [number, number];
        multiply(
          given,
          { pointer: heap.pointerOf(tokens[at] as Tensor), shape: [rows, shape[0]] },
          { pointer: heap.pointerOf(weight), shape },
          place,
          at === projections.length - 1 ? undefined : { pointer: before, shape: [rows, width] },
        );
      }
    } finally {
      if (spare !== 0) heap.free(spare);
    }
    return dx;
  });
}
