import { float16LinearContract, int8LinearContract, requireNoGradient } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf } from '../../encode/row-parts.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Kernel } from '../kernel.ts';
import { biasGradient } from '../linear/linear.ts';
import { mapRows, noteOf, rowsGradient, type Weight } from '../linear/map-rows.ts';
import { unsupported } from '../linear/unsupported.ts';
import { onDevice } from '../on-device.ts';
import { float16Matrix, int8Matrix } from './operand.ts';

const tolerance = { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' };

/** Rows of words: as many as in the last axis of `numbers`. */
const rowBytes = (numbers: Tensor): number => 4 * (numbers.shape[1] as number);

function float16Weight(numbers: Tensor, width: number): Weight {
  const bytesPerRow = rowBytes(numbers);
  return {
    out: numbers.shape[0] as number,
    width,
    bytesPerRow,
    side: (part, isDepthAlongRows) => float16Matrix(partOf(numbers, part, bytesPerRow), { width, count: part.count }, isDepthAlongRows),
  };
}

function int8Weight(backend: TfjsWebGpu, numbers: Tensor, givenScale: Tensor, width: number): Weight {
  const scale = withFloats(backend, givenScale);
  const bytesPerRow = rowBytes(numbers);
  return {
    out: numbers.shape[0] as number,
    width,
    bytesPerRow,
    side: (part, isDepthAlongRows) =>
      int8Matrix(partOf(numbers, part, bytesPerRow), partOf(scale, part, 4), { width, count: part.count }, isDepthAlongRows),
  };
}

const why = ({ device }: TfjsWebGpu, x: Tensor, numbers: Tensor, width: number): string | null =>
  unsupported(device.limits, { rows: x.size / width, width, out: numbers.shape[0] as number, weightRow: rowBytes(numbers) });

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
