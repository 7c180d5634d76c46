import { float16LinearContract, int8LinearContract, requireNoGradient } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { withFloats } from '../../encode/float-buffer.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Kernel } from '../kernel.ts';
import { biasGradient } from '../linear/linear.ts';
import { mapRows, noteOf, rowsGradient, type Weight } from '../linear/map-rows.ts';
import { unsupported } from '../linear/unsupported.ts';
import { onDevice } from '../on-device.ts';
import { float16Matrix, int8Matrix } from './operand.ts';

const tolerance = { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' };

function float16Weight(numbers: Tensor, width: number): Weight {
  const out = numbers.shape[0] as number;
  return { out, width, side: (isDepthAlongRows) => float16Matrix(numbers, { width, count: out }, isDepthAlongRows) };
}

function int8Weight(backend: TfjsWebGpu, numbers: Tensor, givenScale: Tensor, width: number): Weight {
  const out = numbers.shape[0] as number;
  const scale = withFloats(backend, givenScale);
  return { out, width, side: (isDepthAlongRows) => int8Matrix(numbers, scale, { width, count: out }, isDepthAlongRows) };
}

const why = ({ device }: TfjsWebGpu, x: Tensor, numbers: Tensor, width: number): string | null =>
  unsupported(device.limits, { rows: x.size / width, width, out: numbers.shape[0] as number, weightBytes: 4 * numbers.size });

/** The linear map by a weight in float16, widened where the product loads it. */
export const float16LinearKernel: Kernel = {
  name: float16LinearContract.name,
  add: (backendOf) =>
    float16LinearContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, (backend, [x, numbers], { width }) => why(backend, x, numbers, width)),
      note: ([x, numbers], { width }) => noteOf(x.size, [numbers.shape[0] as number, width]),
      tolerance,
      forward: ([x, numbers, bias], { width }) => [mapRows(backendOf(), x, float16Weight(numbers, width), bias)],
      save: { inputs: [1] },
      gradientOf: {
        0: ({ inputs: [numbers] }, [dy], { width }) => rowsGradient(backendOf(), dy, float16Weight(numbers, width)),
        1: () => requireNoGradient('float16'),
        2: (_, [dy]) => biasGradient(backendOf(), dy),
      },
    }),
};

/** The same of a weight in int8. */
export const int8LinearKernel: Kernel = {
  name: int8LinearContract.name,
  add: (backendOf) =>
    int8LinearContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, (backend, [x, numbers], { width }) => why(backend, x, numbers, width)),
      note: ([x, numbers], { width }) => noteOf(x.size, [numbers.shape[0] as number, width]),
      tolerance,
      forward: ([x, numbers, scale, bias], { width }) => [mapRows(backendOf(), x, int8Weight(backendOf(), numbers, scale, width), bias)],
      save: { inputs: [1, 2] },
      gradientOf: {
        0: ({ inputs: [numbers, scale] }, [dy], { width }) => rowsGradient(backendOf(), dy, int8Weight(backendOf(), numbers, scale, width)),
        1: () => requireNoGradient('int8'),
        2: () => requireNoGradient('int8'),
        3: (_, [dy]) => biasGradient(backendOf(), dy),
      },
    }),
};
