import {
  type AdamWStepAttributes,
  type AdamWStepInputs,
  type AdamWStepOfOne,
  adamWStepContract,
  parametersOfStep,
} from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Bindable, f32, u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, rowParts } from '../../encode/row-parts.ts';
import { reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { type Packed, packed } from '../../wgsl/packed.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { stepText, tensorsOfOne, threads } from './wgsl.ts';

/** The step of AdamW in WGSL: as many parameters in one dispatch as the device has storage buffers for, seven each. */
export const adamWStepKernel: Kernel = {
  name: adamWStepContract.name,
  add: (backendOf) =>
    adamWStepContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, () => null),
      note: () => `${parametersPerDispatch(backendOf())} parameters to a dispatch`,
      tolerance: {
        atol: 1e-7,
        rtol: 2e-6,
        reason: 'products and sums may be rounded once, and roots and quotients are off by some units in the last place',
      },
      forward: (inputs, attributes) => step(backendOf(), inputs, attributes),
    }),
};

const parametersPerDispatch = ({ device }: TfjsWebGpu): number =>
  Math.max(1, Math.floor(device.limits.maxStorageBuffersPerShaderStage / tensorsOfOne.length));

/** What one parameter, or a part of it, is bound to, and how many numbers that is. */
interface Piece {
  readonly bound: readonly Bindable[];
  readonly count: number;
}

function step(backend: TfjsWebGpu, inputs: AdamWStepInputs, attributes: AdamWStepAttributes): readonly Tensor[] {
  const outputs = parametersOfStep(inputs).map((one) => one.slice(0, 3).map(({ shape }) => unwritten(backend, shape)));
  const pieces = new Map<Packed, Piece[]>();
  parametersOfStep(inputs).forEach((one: AdamWStepOfOne, nth) => {
    const tensors = [...one.map((each) => withFloats(backend, each)), ...(outputs[nth] as Tensor[])];
    const { size } = one[0];
    const kind = packed(size);
    for (const part of rowParts(backend.device.limits, size, 4)) {
      const bound = tensors.map((each) => partOf(each, part, 4));
      pieces.set(kind, [...(pieces.get(kind) ?? []), { bound, count: part.count / kind.size }]);
    }
  });
  const perDispatch = parametersPerDispatch(backend);
  for (const [kind, all] of pieces) {
    for (let first = 0; first < all.length; first += perDispatch)
      dispatch(backend, kind, all.slice(first, first + perDispatch), attributes);
  }
  return outputs.flat();
}

function dispatch(
  backend: TfjsWebGpu,
  kind: Packed,
  pieces: readonly Piece[],
  { learningRate, beta1, beta2, epsilon, weightDecay, step: steps }: AdamWStepAttributes,
): void {
  const bound = pieces.flatMap((piece, nth) =>
    tensorsOfOne.map(
      ({ name, isWritten }, at) => [`${name}${nth}`, (isWritten ? writes : reads)(piece.bound[at] as Bindable, 'array<N>')] as const,
    ),
  );
  runProgram(backend, {
    name: `step of AdamW, ${pieces.length} at a time, ${kind.name}`,
    bound: Object.fromEntries(bound),
    fields: {
      ...Object.fromEntries(pieces.map(({ count }, nth) => [`count${nth}`, u32(count)])),
      stepSize: f32(learningRate / (1 - beta1 ** steps)),
      beta1: f32(beta1),
      beta2: f32(beta2),
      share1: f32(1 - beta1),
      share2: f32(1 - beta2),
      correction: f32(1 / Math.sqrt(1 - beta2 ** steps)),
      epsilon: f32(epsilon),
      shrink: f32(1 - learningRate * weightDecay),
    },
    text: () => stepText(kind.code, pieces.length),
    workgroups: pieces.reduce((sum, { count }) => sum + Math.ceil(count / threads), 0),
  });
}
