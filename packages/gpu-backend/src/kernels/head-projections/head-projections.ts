import {
  type AllProjections,
  asTokens,
  gradientsByPlace,
  type HeadProjection,
  type HeadProjectionsAttributes,
  type HeadProjectionsInputs,
  type HeadProjectionsOutputs,
  headProjectionsContract,
  projectionsOf,
} from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { putAside, takeAside } from '../../encode/aside.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Kernel } from '../kernel.ts';
import { biasGradient } from '../linear/linear.ts';
import { onDevice } from '../on-device.ts';
import { stored } from '../product/finish.ts';
import { matrix } from '../product/operand.ts';
import { product } from '../product/product.ts';
import { cutName, cutOf } from '../product/tile.ts';
import { featuresOf, stackedWeights, storedAsHeads, storedBelow, tokensOfHeads } from './stack.ts';

/** Projections to heads in WGSL: one product of x with all weights, which is written to the heads; and one for the gradient of x, which reads them. */
export const headProjectionsKernel: Kernel = {
  name: headProjectionsContract.name,
  add: (backendOf) =>
    headProjectionsContract.addKernel<HeadProjectionsOutputs>('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, ({ device }, inputs: HeadProjectionsInputs, attributes: HeadProjectionsAttributes) =>
        unsupported(device.limits, inputs, attributes),
      ),
      note: (inputs, attributes) => {
        const { rows, width } = sizesOf(inputs[0]);
        return cutName(cutOf(rows, featuresOf(projectionsOf(inputs, attributes)), width));
      },
      tolerance: { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' },
      forward: (inputs, attributes) => forward(backendOf(), inputs, attributes),
      gradientOf: gradientsByPlace({
        x: ({ inputs }, dys, attributes) => gradientOfX(backendOf(), inputs, dys, attributes),
        weight: (x, dy, all) => weightGradient(backendOf(), x, dy, all),
        bias: (dy) => {
          const [, heads, , headDim] = dy.shape as [number, number, number, number];
          return takeAside(backendOf(), [dy], [heads * headDim]) ?? biasGradient(backendOf(), asTokens(dy));
        },
      }),
    }),
};

const sizesOf = (x: Tensor): { readonly rows: number; readonly width: number } => {
  const width = x.shape.at(-1) as number;
  return { rows: x.size / width, width };
};

/** Why the device is too small, as a sentence without a full stop; null where it is not. `applyHeadProjections` has linear maps then. */
function unsupported(
  limits: Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize' | 'maxStorageBuffersPerShaderStage'>,
  inputs: HeadProjectionsInputs,
  attributes: HeadProjectionsAttributes,
): string | null {
  const { maxStorageBufferBindingSize: largest, maxStorageBuffersPerShaderStage: most } = limits;
  const { rows } = sizesOf(inputs[0]);
  const outputs = projectionsOf(inputs, attributes).map((each) => rows * featuresOf([each]));
  const bytes = 4 * Math.max(...inputs.map(({ size }) => size), ...outputs);
  if (bytes > largest) return `one of its tensors has ${bytes} bytes, and the device binds ${largest}`;
  const bindings = inputs.length + attributes.heads.length;
  return bindings > most ? `it needs ${bindings} storage buffers, and the device has ${most}` : null;
}

const inFloats = (backend: TfjsWebGpu, tensors: readonly Tensor[]): HeadProjectionsInputs =>
  tensors.map((each) => withFloats(backend, each)) as readonly Tensor[] as HeadProjectionsInputs;

function forward(backend: TfjsWebGpu, given: HeadProjectionsInputs, attributes: HeadProjectionsAttributes): HeadProjectionsOutputs {
  const inputs = inFloats(backend, given);
  const [x] = inputs;
  const projections = projectionsOf(inputs, attributes);
  const { rows, width } = sizesOf(x);
  const [batch, length] = x.shape as [number, number];
  const outputs = projections.map(({ heads, headDim }) => unwritten(backend, [batch, heads, length, headDim]));
  product(backend, {
    rows,
    columns: featuresOf(projections),
    depth: width,
    a: matrix(x, { width, count: rows }, true),
    b: stackedWeights(projections, true),
    finish: storedAsHeads(outputs, projections, length),
  });
  return outputs;
}

/** Σ dy · weight: the depth goes over the features of all projections. */
function gradientOfX(
  backend: TfjsWebGpu,
  given: HeadProjectionsInputs,
  cotangents: HeadProjectionsOutputs,
  attributes: HeadProjectionsAttributes,
): Tensor {
  const projections = projectionsOf(inFloats(backend, given), attributes);
  const { rows, width } = sizesOf(given[0]);
  const dx = unwritten(backend, given[0].shape);
  product(backend, {
    rows,
    columns: width,
    depth: featuresOf(projections),
    a: tokensOfHeads(inFloats(backend, cotangents), projections, true),
    b: stackedWeights(projections, false),
    finish: stored({ out: dx, width }),
  });
  return dx;
}

/**
 * The gradient of the weight whose output has the cotangent dy. The product makes those of all weights and biases, which are put aside until they are
 * asked for: of few features alone it would have few tiles.
 */
function weightGradient(backend: TfjsWebGpu, x: Tensor, dy: Tensor, { projections, dys }: AllProjections): Tensor {
  const own = dys.indexOf(dy);
  const known = takeAside(backend, [dy, x], (projections[own] as HeadProjection).weight.shape);
  if (known !== undefined) return known;
  const { rows, width } = sizesOf(x);
  const weights = projections.map(({ weight }) => unwritten(backend, weight.shape));
  const biases = projections.flatMap(({ bias }) => (bias ? [unwritten(backend, bias.shape)] : []));
  product(backend, {
    rows: featuresOf(projections),
    columns: width,
    depth: rows,
    a: tokensOfHeads(inFloats(backend, dys), projections, false),
    b: matrix(withFloats(backend, x), { width, count: rows }, false),
    finish: storedBelow(weights, biases, projections),
  });
  const others = weights.flatMap((tensor, at) => (at === own ? [] : [{ of: [dys[at] as Tensor, x], tensor }]));
  putAside(backend, [...others, ...biases.map((tensor, at) => ({ of: [dys[at] as Tensor], tensor }))]);
  return weights[own] as Tensor;
}
