import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { f32, u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, type RowPart, rowParts, unboundRows } from '../../encode/row-parts.ts';
import { reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { packed } from '../../wgsl/packed.ts';
import { lanesFor } from '../../wgsl/sum-of-lanes.ts';
import { sumsOfParts } from '../column-sums/column-sums.ts';
import { gradientText, gradientThreads, normText, rowsOfPart, statistics, threads } from './wgsl/norm.ts';

/** A layer norm, or an RMS norm: the same without the mean. */
export interface Norm {
  readonly isCentered: boolean;
  readonly epsilon: number;
  readonly weight: Tensor | undefined;
  readonly bias: Tensor | undefined;
}

interface Sizes {
  readonly rows: number;
  readonly width: number;
}

const sizesOf = ({ size, shape }: Tensor): Sizes => {
  const width = shape.at(-1) as number;
  return { rows: size / width, width };
};

/** Why the device is too small for the rows of x, as a sentence without a full stop; null where it is not. */
export function unsupportedRows({ device }: TfjsWebGpu, x: Tensor): string | null {
  const { rows, width } = sizesOf(x);
  return unboundRows(device.limits, rows, 4 * Math.max(width, statistics(true)));
}

const nameOf = ({ isCentered, weight, bias }: Omit<Norm, 'epsilon'>, packedName: string, lanes: number): string =>
  [
    isCentered ? 'layer norm' : 'RMS norm',
    ...(weight ? ['with a weight'] : []),
    ...(bias ? ['with a bias'] : []),
    packedName,
    `${lanes} threads for a row`,
  ].join(', ');

/** The normalised rows and, for the gradient, what it needs to know of each. */
export function forward(backend: TfjsWebGpu, given: Tensor, norm: Norm): readonly [y: Tensor, statistics: Tensor] {
  const { rows, width } = sizesOf(given);
  const x = withFloats(backend, given);
  const [weight, bias] = [norm.weight, norm.bias].map((each) => each && withFloats(backend, each));
  const y = unwritten(backend, given.shape);
  const count = statistics(norm.isCentered);
  const stats = unwritten(backend, [rows, count]);
  const { size, name, code } = packed(width);
  const lanes = lanesFor(width / size, threads);
  for (const part of rowParts(backend.device.limits, rows, 4 * Math.max(width, count))) {
    runProgram(backend, {
      name: nameOf(norm, name, lanes),
      bound: {
        x: reads(partOf(x, part, 4 * width), 'array<N>'),
        ...(weight && { weight: reads(weight, 'array<N>') }),
        ...(bias && { bias: reads(bias, 'array<N>') }),
        y: writes(partOf(y, part, 4 * width), 'array<N>'),
        stats: writes(partOf(stats, part, 4 * count), 'array<f32>'),
      },
      fields: { rows: u32(part.count), width: u32(width), vectors: u32(width / size), epsilon: f32(norm.epsilon) },
      text: () => normText({ isCentered: norm.isCentered, hasWeight: weight !== undefined, hasBias: bias !== undefined, code, lanes }),
      workgroups: Math.ceil((part.count * lanes) / threads),
    });
  }
  return [y, stats];
}

/** The gradients of x and, where they are there, of weight and bias. @param stats as `forward` made them */
export function backward(
  backend: TfjsWebGpu,
  inputs: { readonly x: Tensor; readonly stats: Tensor; readonly dy: Tensor },
  { isCentered, weight: givenWeight, bias }: Norm,
): Tensor[] {
  const { rows, width } = sizesOf(inputs.x);
  const [x, dy] = [withFloats(backend, inputs.x), withFloats(backend, inputs.dy)];
  const { stats } = inputs;
  const weight = givenWeight && withFloats(backend, givenWeight);
  const dx = unwritten(backend, inputs.x.shape);
  const terms = [weight, bias].flatMap((each) => each ?? []);
  if (rows === 0) return [dx, ...terms.map(() => zeros([width]))];
  const count = statistics(isCentered);
  const { size, name, code } = packed(width);
  const lanes = lanesFor(width / size, gradientThreads);
  const bound = rowParts(backend.device.limits, rows, 4 * Math.max(width, count));
  const rowsPerPart = rowsOfPart(rows, lanes);
  const partsOf = (part: RowPart): number => Math.ceil(part.count / rowsPerPart);
  const parts = unwritten(backend, [bound.reduce((sum, part) => sum + partsOf(part), 0), terms.length, width]);
  let before = 0;
  for (const part of bound) {
    runProgram(backend, {
      name: `gradient of ${nameOf({ isCentered, weight, bias }, name, lanes)}`,
      bound: {
        x: reads(partOf(x, part, 4 * width), 'array<N>'),
        ...(weight && { weight: reads(weight, 'array<N>') }),
        stats: reads(partOf(stats, part, 4 * count), 'array<f32>'),
        dy: reads(partOf(dy, part, 4 * width), 'array<N>'),
        dx: writes(partOf(dx, part, 4 * width), 'array<N>'),
        ...(terms.length > 0 && { parts: writes(parts, 'array<N>') }),
      },
      fields: {
        rows: u32(part.count),
        width: u32(width),
        vectors: u32(width / size),
        rowsPerPart: u32(rowsPerPart),
        before: u32(before),
      },
      text: () => gradientText({ isCentered, hasWeight: weight !== undefined, hasBias: bias !== undefined, code, lanes }),
      workgroups: partsOf(part),
    });
    before += partsOf(part);
  }
  return terms.length === 0 ? [dx] : [dx, ...sumsOfParts(backend, parts)];
}
