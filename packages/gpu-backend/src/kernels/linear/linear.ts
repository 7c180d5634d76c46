import { type LinearInputs, linearContract } from '@longspan/core-tensor/kernel';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, rowParts, unboundRows } from '../../encode/row-parts.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { sumsOfColumns } from '../column-sums/column-sums.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { stored } from '../product/finish.ts';
import { matrix } from '../product/operand.ts';
import { product } from '../product/product.ts';

/** The linear map in WGSL: nothing is transposed, the bias is added where the product is written. */
export const linearKernel: Kernel = {
  name: linearContract.name,
  add: (backendOf) =>
    linearContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, (backend, inputs) => unsupported(backend, inputs)),
      tolerance: { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' },
      forward: (inputs) => [mapped(backendOf(), inputs)],
      save: { inputs: [0, 1] },
      gradientOf: {
        0: ({ inputs: [x, weight] }, [dy]) => rowsGradient(backendOf(), x, weight, dy),
        1: ({ inputs: [x, weight] }, [dy]) => weightGradient(backendOf(), x, weight, dy),
        2: (_, [dy]) => sumOfRows(backendOf(), dy),
      },
    }),
};

interface Sizes {
  readonly rows: number;
  readonly width: number;
  readonly out: number;
}

const sizesOf = (x: Tensor, weight: Tensor): Sizes => {
  const [out, width] = weight.shape as [number, number];
  return { rows: x.size / width, width, out };
};

function unsupported({ device }: TfjsWebGpu, [x, weight]: LinearInputs): string | null {
  const { rows, width, out } = sizesOf(x, weight);
  const { maxStorageBufferBindingSize: most } = device.limits;
  const bytes = 4 * width * out;
  if (bytes > most) return `its weight has ${bytes} bytes, and the device binds ${most}`;
  return unboundRows(device.limits, rows, 4 * Math.max(width, out));
}

/** x · weightᵀ + bias */
function mapped(backend: TfjsWebGpu, inputs: LinearInputs): Tensor {
  const [x, weight, bias] = inputs.map((each) => withFloats(backend, each)) as readonly Tensor[] as LinearInputs;
  const { rows, width, out } = sizesOf(x, weight);
  const y = unwritten(backend, [...inputs[0].shape.slice(0, -1), out]);
  for (const part of rowParts(backend.device.limits, rows, 4 * Math.max(width, out))) {
    product(backend, {
      rows: part.count,
      columns: out,
      depth: width,
      a: matrix(partOf(x, part, 4 * width), { width, count: part.count }, true),
      b: matrix(weight, { width, count: out }, true),
      finish: stored({ out: partOf(y, part, 4 * out), width: out, bias }),
    });
  }
  return y;
}

/** dy · weight */
function rowsGradient(backend: TfjsWebGpu, x: Tensor, ...given: readonly [weight: Tensor, dy: Tensor]): Tensor {
  const [weight, dy] = given.map((each) => withFloats(backend, each)) as [Tensor, Tensor];
  const { rows, width, out } = sizesOf(x, weight);
  const dx = unwritten(backend, x.shape);
  for (const part of rowParts(backend.device.limits, rows, 4 * Math.max(width, out))) {
    product(backend, {
      rows: part.count,
      columns: width,
      depth: out,
      a: matrix(partOf(dy, part, 4 * out), { width: out, count: part.count }, true),
      b: matrix(weight, { width, count: out }, false),
      finish: stored({ out: partOf(dx, part, 4 * width), width }),
    });
  }
  return dx;
}

/** dyᵀ · x */
function weightGradient(backend: TfjsWebGpu, givenX: Tensor, weight: Tensor, givenDy: Tensor): Tensor {
  const [x, dy] = [withFloats(backend, givenX), withFloats(backend, givenDy)];
  const { rows, width, out } = sizesOf(x, weight);
  if (rows === 0) return zeros(weight.shape);
  const dWeight = unwritten(backend, weight.shape);
  rowParts(backend.device.limits, rows, 4 * Math.max(width, out)).forEach((part, nth) => {
    product(backend, {
      rows: out,
      columns: width,
      depth: part.count,
      a: matrix(partOf(dy, part, 4 * out), { width: out, count: part.count }, false),
      b: matrix(partOf(x, part, 4 * width), { width, count: part.count }, false),
      finish: stored({ out: dWeight, width, isAdded: nth > 0 }),
    });
  });
  return dWeight;
}

function sumOfRows(backend: TfjsWebGpu, dy: Tensor): Tensor {
  const width = dy.shape.at(-1) as number;
  return sumsOfColumns(backend, withFloats(backend, dy), dy.size / width, width);
}
