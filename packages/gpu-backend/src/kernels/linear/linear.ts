import { linearContract } from '@longspan/core-tensor/kernel';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, rowParts } from '../../encode/row-parts.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { sumsOfColumns } from '../column-sums/column-sums.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { stored } from '../product/finish.ts';
import { matrix } from '../product/operand.ts';
import { product } from '../product/product.ts';
import { floatWeight, mapRows, noteOf, rowsGradient } from './map-rows.ts';
import { unsupported } from './unsupported.ts';

/** The linear map in WGSL: nothing is transposed, the bias is added where the product is written. */
export const linearKernel: Kernel = {
  name: linearContract.name,
  add: (backendOf) =>
    linearContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, ({ device }, [x, weight]) => {
        const [out, width] = weight.shape as [number, number];
        return unsupported(device.limits, { rows: x.size / width, width, out, weightRow: 4 * width });
      }),
      note: ([x, weight]) => noteOf(x.size, weight.shape as [number, number]),
      tolerance: { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' },
      forward: ([x, weight, bias]) => [mapRows(backendOf(), x, floatWeight(backendOf(), weight), bias)],
      save: { inputs: [0, 1] },
      gradientOf: {
        0: ({ inputs: [, weight] }, [dy]) => rowsGradient(backendOf(), dy, floatWeight(backendOf(), weight)),
        1: ({ inputs: [x, weight] }, [dy]) => weightGradient(backendOf(), x, weight, dy),
        2: (_, [dy]) => biasGradient(backendOf(), dy),
      },
    }),
};

/** dyᵀ · x */
function weightGradient(backend: TfjsWebGpu, givenX: Tensor, weight: Tensor, givenDy: Tensor): Tensor {
  const [x, dy] = [withFloats(backend, givenX), withFloats(backend, givenDy)];
  const [out, width] = weight.shape as [number, number];
  if (x.size === 0) return zeros(weight.shape);
  const { limits } = backend.device;
  const dWeight = unwritten(backend, weight.shape);
  for (const channels of rowParts(limits, out, 4 * width)) {
    for (const rows of rowParts(limits, x.size / width, 4 * Math.max(width, out))) {
      product(backend, {
        rows: channels.count,
        columns: width,
        depth: rows.count,
        a: matrix(partOf(dy, rows, 4 * out), { width: out, count: rows.count, columns: channels }, false),
        b: matrix(partOf(x, rows, 4 * width), { width, count: rows.count }, false),
        finish: stored({ out: partOf(dWeight, channels, 4 * width), width, isAdded: rows.first > 0 }),
      });
    }
  }
  return dWeight;
}

/** The sum of the rows of dy. */
export function biasGradient(backend: TfjsWebGpu, dy: Tensor): Tensor {
  const width = dy.shape.at(-1) as number;
  return sumsOfColumns(backend, withFloats(backend, dy), dy.size / width, width);
}
