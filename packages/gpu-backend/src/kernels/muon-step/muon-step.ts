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
import { f32, u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { unboundRows } from '../../encode/row-parts.ts';
import { reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { packed } from '../../wgsl/packed.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { type Finish, stored } from '../product/finish.ts';
import { matrix } from '../product/operand.ts';
import { product } from '../product/product.ts';
import { directionText, normalisedText, sumFinish, threads } from './wgsl.ts';

/**
 * Muon's step in WGSL, matrix by matrix: two programs for momentum and direction, then three products for each iteration, the tiles of every
 * other product. What is fused into them: the polynomial is how the second ends, and the step itself how the last one does.
 */
export const muonStepKernel: Kernel = {
  name: muonStepContract.name,
  add: (backendOf) =>
    muonStepContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, ({ device }, inputs) => {
        const reasons = inputs.map(({ shape: [rows, columns] }) => unboundRows(device.limits, rows as number, 4 * (columns as number)));
        const parts = inputs.some(({ size }) => 4 * size > device.limits.maxStorageBufferBindingSize);
        return reasons.find((reason) => reason !== null) ?? (parts ? 'a matrix is larger than a binding of the device' : null);
      }),
      tolerance: {
        atol: 5e-6,
        rtol: 1e-5,
        reason: 'float32 sums in another order, which iterations enlarge',
      },
      forward: (inputs, attributes) => parametersWithMomentum(inputs).flatMap((one) => step(backendOf(), one, attributes)),
    }),
};

function step(
  backend: TfjsWebGpu,
  [parameter, gradient, before]: SgdStepOfOne,
  { learningRate, momentum, weightDecay, iterations }: MuonStepAttributes,
): readonly Tensor[] {
  const { shape, size } = parameter;
  const [rows, columns] = shape as [number, number];
  const moved = unwritten(backend, shape);
  const running = unwritten(backend, shape);
  if (size === 0) return [moved, running];
  const isTall = rows > columns;
  const side = Math.min(rows, columns);
  let x = directionOf(backend, gradient, before, running, momentum);
  const whole = (of: Tensor, isDepthAlongRows: boolean) =>
    matrix(of, { width: of.shape[1] as number, count: of.shape[0] as number }, isDepthAlongRows);
  const { a, b, c } = newtonSchulz;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const isLast = iteration === iterations - 1;
    const squares = unwritten(backend, [side, side]);
    const polynomial = unwritten(backend, [side, side]);
    const next = isLast ? moved : unwritten(backend, shape);
    const ofX = (): Finish => {
      if (!isLast) return stored({ out: next, width: columns });
      const factors = { ofSum: -learningRate * muonScale(shape), ofOther: 1 - learningRate * weightDecay, diagonal: 0 };
      return sumFinish(withFloats(backend, parameter), next, columns, factors);
    };
    // Both sides by rows, or both by columns: of the shorter side.
    const sides = { rows: side, columns: side };
    product(backend, {
      ...{ ...sides, depth: Math.max(rows, columns), a: whole(x, !isTall), b: whole(x, !isTall) },
      finish: stored({ out: squares, width: side }),
    });
    product(backend, {
      ...{ ...sides, depth: side, a: whole(squares, true), b: whole(squares, false) },
      finish: sumFinish(squares, polynomial, side, { ofSum: c, ofOther: b, diagonal: a }),
    });
    product(backend, {
      ...{ rows, columns, depth: side },
      ...(isTall ? { a: whole(x, true), b: whole(polynomial, false) } : { a: whole(polynomial, true), b: whole(x, false) }),
      finish: ofX(),
    });
    dispose([x, squares, polynomial]);
    x = next;
  }
  return [moved, running];
}

/** Writes the running sum. @returns the direction, over its norm */
function directionOf(backend: TfjsWebGpu, gradient: Tensor, before: Tensor, running: Tensor, momentum: number): Tensor {
  const { shape, size } = running;
  const { size: numbers, name, code } = packed(size);
  const count = size / numbers;
  const parts = Math.min(threads, Math.ceil(count / threads));
  const [ahead, x, sums] = [unwritten(backend, shape), unwritten(backend, shape), unwritten(backend, [parts])];
  runProgram(backend, {
    name: `direction of Muon, ${name}`,
    bound: {
      gradient: reads(withFloats(backend, gradient), 'array<N>'),
      momentum: reads(withFloats(backend, before), 'array<N>'),
      running: writes(running, 'array<N>'),
      ahead: writes(ahead, 'array<N>'),
      sums: writes(sums, 'array<f32>'),
    },
    fields: { count: u32(count), parts: u32(parts), keep: f32(momentum) },
    text: () => directionText(code),
    workgroups: parts,
  });
  runProgram(backend, {
    name: `direction of Muon over its norm, ${name}`,
    bound: { ahead: reads(ahead, 'array<N>'), sums: reads(sums, 'array<f32>'), x: writes(x, 'array<N>') },
    fields: { count: u32(count), parts: u32(parts), leastNorm: f32(leastNorm) },
    text: () => normalisedText(code),
    workgroups: Math.ceil(count / threads),
  });
  dispose([ahead, sums]);
  return x;
}
