import {
  leastNorm,
  type MuonStepAttributes,
  muonScale,
  muonStepContract,
  newtonSchulz,
  parametersWithMomentum,
  type SgdStepOfOne,
} from '@longspan/core-tensor/kernel';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { floatBits, type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';
import { matMul } from '../../stock/mat-mul/mat-mul.ts';

/**
 * Muon's step in WebAssembly, matrix by matrix. The products, which are nearly all of its time, are those of every other call, on as many
 * threads; what is fused is around them: momentum, direction and its norm, the polynomial, and the step.
 */
export const muonStepKernel: Kernel = {
  name: muonStepContract.name,
  add: (runtimeOf) =>
    muonStepContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: {
        atol: 5e-6,
        rtol: 1e-5,
        reason: 'float32 sums of products in another order, which iterations enlarge along small singular values',
      },
      forward: (inputs, attributes) => parametersWithMomentum(inputs).flatMap((one) => step(runtimeOf(), one, attributes)),
    }),
};

function step(
  runtime: Runtime,
  [parameter, gradient, before]: SgdStepOfOne,
  { learningRate, momentum, weightDecay, iterations }: MuonStepAttributes,
): readonly Tensor[] {
  const { heap, kernels } = runtime;
  const { shape, size } = parameter;
  const running = heap.makeOutput(shape);
  const direction = heap.makeOutput(shape);
  runJob(runtime, {
    kernel: kernels.muonDirection,
    items: 1,
    scratchBytes: 0,
    // MuonDirectionJob of assembly/optimizer/muon-step.ts
    fields: [...[gradient, before, running, direction].map(heap.pointerOf), size, ...[momentum, leastNorm].map(floatBits)],
  });
  const orthogonal = orthogonalized(runtime, direction, iterations);
  const moved = sum(runtime, [parameter, 1 - learningRate * weightDecay], [orthogonal, -learningRate * muonScale(shape)]);
  orthogonal.dispose();
  return [moved, running];
}

/** Disposes of x. */
function orthogonalized(runtime: Runtime, x: Tensor, iterations: number): Tensor {
  const { a, b, c } = newtonSchulz;
  const [rows, columns] = x.shape as [number, number];
  if (x.size === 0) return x;
  const isTall = rows > columns;
  // The contract has checked what `matMul` leaves to tfjs.
  const product = (one: Tensor, other: Tensor, transposeA = false, transposeB = false): Tensor =>
    matMul(runtime, { inputs: { a: one, b: other }, attrs: { transposeA, transposeB } }) as Tensor;
  let last = x;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const squares = product(last, last, isTall, !isTall);
    const fourths = product(squares, squares);
    const polynomial = sum(runtime, [squares, b], [fourths, c], a);
    const next = isTall ? product(last, polynomial) : product(polynomial, last);
    dispose([last, squares, fourths, polynomial]);
    last = next;
  }
  return last;
}

type Share = readonly [tensor: Tensor, factor: number];

/** The two by their factors, and on the diagonal so much more. */
function sum(runtime: Runtime, [x, ofX]: Share, [y, ofY]: Share, diagonal = 0): Tensor {
  const { heap, kernels } = runtime;
  const out = heap.makeOutput(x.shape);
  runJob(runtime, {
    kernel: kernels.muonSum,
    items: 1,
    scratchBytes: 0,
    // MuonSumJob of assembly/optimizer/muon-step.ts
    fields: [...[x, y, out].map(heap.pointerOf), x.size, ...[ofX, ofY, diagonal].map(floatBits), x.shape.at(-1) as number],
  });
  return out;
}
