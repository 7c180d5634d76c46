import type { Activation } from '@longspan/core-tensor';
import { linearContract } from '@longspan/core-tensor/kernel';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { putAside, takeAside } from '../../encode/aside.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, rowParts } from '../../encode/row-parts.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { sumsOfColumns } from '../column-sums/column-sums.ts';
import { activate } from '../gelu/gelu.ts';
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
      forward: ([x, weight, bias], { activation }) => {
        const read = readOf(backendOf(), x, weight, activation);
        return [mapRows(backendOf(), read.x, floatWeight(backendOf(), weight), bias, read.activation)];
      },
      save: { inputs: [0, 1] },
      gradientOf: {
        0: ({ inputs: [x, weight] }, [dy], { activation }) => {
          const activated = activation && { x: withFloats(backendOf(), x), by: activation };
          return rowsGradient(backendOf(), dy, floatWeight(backendOf(), weight), activated);
        },
        1: ({ inputs: [x, weight] }, [dy], { hasBias, activation }) =>
          weightGradient(backendOf(), readOf(backendOf(), x, weight, activation), weight, dy, hasBias),
        2: (_, [dy]) => biasGradient(backendOf(), dy),
      },
    }),
};

/** What products read of x: itself through an activation, or what that has made of it. */
interface Read {
  readonly x: Tensor;
  readonly activation: Activation | undefined;
}

/** Activations of numbers that products may compute each time that they read them, for each 64 channels: a dispatch takes longer. */
const fewActivations = 2 ** 24;

function readOf(backend: TfjsWebGpu, given: Tensor, weight: Tensor, activation: Activation | undefined): Read {
  const x = withFloats(backend, given);
  const times = Math.ceil((weight.shape[0] as number) / 64);
  if (activation === undefined || x.size * times <= fewActivations) return { x, activation };
  return { x: activate(backend, x, activation), activation: undefined };
}

/** dyᵀ · x; and, where there is a bias, its gradient, which is put aside until it is asked for: the product has read all of dy anyway. */
function weightGradient(backend: TfjsWebGpu, { x, activation }: Read, weight: Tensor, givenDy: Tensor, hasBias: boolean): Tensor {
  const dy = withFloats(backend, givenDy);
  const [out, width] = weight.shape as [number, number];
  if (x.size === 0) return zeros(weight.shape);
  const { limits } = backend.device;
  const dWeight = unwritten(backend, weight.shape);
  const dBias = hasBias ? unwritten(backend, [out]) : undefined;
  for (const channels of rowParts(limits, out, 4 * width)) {
    for (const rows of rowParts(limits, x.size / width, 4 * Math.max(width, out))) {
      product(backend, {
        rows: channels.count,
        columns: width,
        depth: rows.count,
        a: matrix(partOf(dy, rows, 4 * out), { width: out, count: rows.count, columns: channels }, false),
        b: matrix(partOf(x, rows, 4 * width), { width, count: rows.count }, false, activation),
        finish: stored({
          out: partOf(dWeight, channels, 4 * width),
          width,
          isAdded: rows.first > 0,
          sums: dBias && partOf(dBias, channels, 4),
        }),
      });
    }
  }
  if (dBias !== undefined) putAside(backend, [{ of: [givenDy], tensor: dBias }]);
  return dWeight;
}

/** The sum of the rows of dy: of a weight that has a gradient it is there already. */
export function biasGradient(backend: TfjsWebGpu, dy: Tensor): Tensor {
  const width = dy.shape.at(-1) as number;
  return takeAside(backend, [dy], [width]) ?? sumsOfColumns(backend, withFloats(backend, dy), dy.size / width, width);
}
