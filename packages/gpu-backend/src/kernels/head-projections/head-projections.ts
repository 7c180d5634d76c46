import {
  asHeads,
  asTokens,
  gradientsByPlace,
  type HeadProjection,
  type HeadProjectionsAttributes,
  type HeadProjectionsInputs,
  type HeadProjectionsOutputs,
  headProjectionsContract,
  projectionsOf,
} from '@longspan/core-tensor/kernel';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import { putAside, takeAside } from '../../encode/aside.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Kernel } from '../kernel.ts';
import { biasGradient, weightGradient } from '../linear/linear.ts';
import { floatWeight, mapRows, rowsGradient } from '../linear/map-rows.ts';
import { unsupported } from '../linear/unsupported.ts';
import { onDevice } from '../on-device.ts';
import { stored } from '../product/finish.ts';
import { matrix } from '../product/operand.ts';
import { product } from '../product/product.ts';
import { cutName, cutOf } from '../product/tile.ts';
import { stackedWeights, storedAsHeads, tokensOfHeads } from './stack.ts';

/** Projections to heads in WGSL: one product of x with all weights, which is written to the heads; and one for the gradient of x, which reads them. */
export const headProjectionsKernel: Kernel = {
  name: headProjectionsContract.name,
  add: (backendOf) =>
    headProjectionsContract.addKernel<HeadProjectionsOutputs>('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, ({ device }, inputs: HeadProjectionsInputs, attributes: HeadProjectionsAttributes) => {
        const { rows, width } = sizesOf(inputs[0]);
        const reasons = projectionsOf(inputs, attributes).map(({ weight }) =>
          unsupported(device.limits, { rows, width, out: weight.shape[0] as number, weightRow: 4 * width }),
        );
        return reasons.find((reason) => reason !== null) ?? null;
      }),
      note: (inputs, attributes) => noteOf(backendOf(), inputs, attributes),
      tolerance: { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' },
      forward: (inputs, attributes) => forward(backendOf(), inputs, attributes),
      gradientOf: gradientsByPlace({
        x: ({ inputs }, dys, attributes) => gradientOfX(backendOf(), inputs, dys, attributes),
        weight: (x, projection, dy) => gradientOfWeight(backendOf(), x, projection, dy),
        bias: (dy) => {
          const [, heads, , headDim] = dy.shape as [number, number, number, number];
          return takeAside(backendOf(), dy, [heads * headDim]) ?? biasGradient(backendOf(), asTokens(dy));
        },
      }),
    }),
};

const sizesOf = (x: Tensor): { readonly rows: number; readonly width: number } => {
  const width = x.shape.at(-1) as number;
  return { rows: x.size / width, width };
};

const featuresOf = (projections: readonly HeadProjection[]): number =>
  projections.reduce((sum, { heads, headDim }) => sum + heads * headDim, 0);

/** Whether the device binds all of x, of each weight and of each tensor of heads. */
function isBoundWhole({ device }: TfjsWebGpu, x: Tensor, projections: readonly HeadProjection[]): boolean {
  const { rows, width } = sizesOf(x);
  const widest = Math.max(width, ...projections.map((each) => featuresOf([each])));
  return 4 * widest * Math.max(rows, width) <= device.limits.maxStorageBufferBindingSize;
}

/** Some places of a list of projections. */
interface Group {
  readonly first: number;
  readonly end: number;
}

/** As many projections to a program as the device has bindings for; beside `each` of a projection there is one. */
function groupsOf({ device }: TfjsWebGpu, count: number, each: number): readonly Group[] {
  const size = Math.max(1, Math.floor((device.limits.maxStorageBuffersPerShaderStage - 1) / each));
  return Array.from({ length: Math.ceil(count / size) }, (_, at) => ({ first: at * size, end: Math.min(count, (at + 1) * size) }));
}

/** How many tensors a projection binds in the forward pass: weight, heads and bias. */
const boundForward = ({ hasBias }: HeadProjectionsAttributes): number => (hasBias ? 3 : 2);

function noteOf(backend: TfjsWebGpu, inputs: HeadProjectionsInputs, attributes: HeadProjectionsAttributes): string {
  const projections = projectionsOf(inputs, attributes);
  const { rows, width } = sizesOf(inputs[0]);
  if (!isBoundWhole(backend, inputs[0], projections)) return 'each by itself, transposed afterwards: a binding holds a part of the rows';
  const groups = groupsOf(backend, projections.length, boundForward(attributes));
  const [{ first, end }] = groups as [Group];
  const most = backend.device.limits.maxStorageBuffersPerShaderStage;
  const cut = cutName(cutOf(rows, featuresOf(projections.slice(first, end)), width));
  return groups.length === 1 ? cut : `${cut}; in ${groups.length} programs, for the device has ${most} storage buffers`;
}

const inFloats = (backend: TfjsWebGpu, inputs: HeadProjectionsInputs): HeadProjectionsInputs =>
  inputs.map((each) => withFloats(backend, each)) as readonly Tensor[] as HeadProjectionsInputs;

function forward(backend: TfjsWebGpu, given: HeadProjectionsInputs, attributes: HeadProjectionsAttributes): HeadProjectionsOutputs {
  const inputs = inFloats(backend, given);
  const [x] = inputs;
  const projections = projectionsOf(inputs, attributes);
  if (!isBoundWhole(backend, x, projections)) {
    return projections.map(({ weight, bias, heads }) => asHeads(mapRows(backend, x, floatWeight(backend, weight), bias), heads));
  }
  const { rows, width } = sizesOf(x);
  const [batch, length] = x.shape as [number, number];
  return groupsOf(backend, projections.length, boundForward(attributes)).flatMap(({ first, end }) => {
    const group = projections.slice(first, end);
    const outputs = group.map(({ heads, headDim }) => unwritten(backend, [batch, heads, length, headDim]));
    product(backend, {
      rows,
      columns: featuresOf(group),
      depth: width,
      a: matrix(x, { width, count: rows }, true),
      b: stackedWeights(
        group.map(({ weight }) => weight),
        true,
      ),
      finish: storedAsHeads(outputs, group, length),
    });
    return outputs;
  });
}

/** Σ dy · weight: the depth goes over the features of all projections. */
function gradientOfX(
  backend: TfjsWebGpu,
  given: HeadProjectionsInputs,
  cotangents: HeadProjectionsOutputs,
  attributes: HeadProjectionsAttributes,
): Tensor {
  const projections = projectionsOf(inFloats(backend, given), attributes);
  const dys = cotangents.map((each) => withFloats(backend, each));
  if (!isBoundWhole(backend, given[0], projections)) {
    return projections
      .map(({ weight }, at) => rowsGradient(backend, asTokens(dys[at] as Tensor), floatWeight(backend, weight)))
      .reduceRight((sum, each) => add(sum, each));
  }
  const { rows, width } = sizesOf(given[0]);
  const dx = unwritten(backend, given[0].shape);
  for (const { first, end } of groupsOf(backend, projections.length, 2)) {
    const group = projections.slice(first, end);
    product(backend, {
      rows,
      columns: width,
      depth: featuresOf(group),
      a: tokensOfHeads(dys.slice(first, end), group, true),
      b: stackedWeights(
        group.map(({ weight }) => weight),
        false,
      ),
      finish: stored({ out: dx, width, isAdded: first > 0 }),
    });
  }
  return dx;
}

/** dyᵀ · x; and, where there is a bias, its gradient, which is put aside until it is asked for. */
function gradientOfWeight(backend: TfjsWebGpu, given: Tensor, projection: HeadProjection, cotangent: Tensor): Tensor {
  const [x, dy] = [withFloats(backend, given), withFloats(backend, cotangent)];
  const { weight, bias } = projection;
  if (!isBoundWhole(backend, x, [projection])) return weightGradient(backend, { x, activation: undefined }, weight, asTokens(dy), false);
  const { rows, width } = sizesOf(x);
  const out = featuresOf([projection]);
  const dWeight = unwritten(backend, weight.shape);
  const dBias = bias && unwritten(backend, [out]);
  product(backend, {
    rows: out,
    columns: width,
    depth: rows,
    a: tokensOfHeads([dy], [projection], false),
    b: matrix(x, { width, count: rows }, false),
    finish: stored({ out: dWeight, width, sums: dBias && { out: dBias, rows: out } }),
  });
  if (dBias !== undefined) putAside(backend, cotangent, dBias);
  return dWeight;
}
