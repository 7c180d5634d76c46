import {
  gradientsOfTurned,
  type RotaryAttributes,
  type RotaryInputs,
  type RotaryOutputs,
  rotaryContract,
} from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';

/** Rotary positions in WebAssembly: both passes are one kernel, the gradient turns back. */
export const rotaryKernel: Kernel = {
  name: rotaryContract.name,
  add: (runtimeOf) =>
    rotaryContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 1e-6, rtol: 1e-6, reason: 'products and their sum are rounded to float32, as those of the reference' },
      forward: (inputs, attributes) => turnEach(runtimeOf(), inputs, attributes, false),
      save: { inputs: [1, 2] },
      gradient: ({ inputs: tables }, [dy, ...others], attributes) =>
        gradientsOfTurned(turnEach(runtimeOf(), [dy, ...tables, ...others], attributes, true)),
    }),
};

function turnEach(
  runtime: Runtime,
  [x, cosines, sines, ...others]: RotaryInputs,
  attributes: RotaryAttributes,
  isBack: boolean,
): RotaryOutputs {
  const turned = (each: Tensor): Tensor => turn(runtime, [each, cosines, sines], attributes, isBack);
  return [turned(x), ...others.map(turned)];
}

type TurnedAlone = readonly [x: Tensor, cosines: Tensor, sines: Tensor];

function turn(runtime: Runtime, [x, cosines, sines]: TurnedAlone, { style, rotaryDim }: RotaryAttributes, isBack: boolean): Tensor {
  const { heap, kernels } = runtime;
  const [, heads, tokens, features] = x.shape as [number, number, number, number];
  const y = heap.makeOutput(x.shape);
  const rows = x.size / features;
  runJob(runtime, {
    kernel: kernels.rotary,
    items: rows,
    scratchBytes: 0,
    // RotaryJob of assembly/position/rotary.ts
    fields: [
      ...[x, cosines, sines, y].map(heap.pointerOf),
      ...[tokens, features, cosines.rank === 4 ? heads * tokens : rows, rotaryDim],
      ...[style === 'interleaved' ? 1 : 0, isBack ? 1 : 0],
    ],
  });
  return y;
}
