import type { Tensor } from '@tensorflow/tfjs-core';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, rowParts } from '../../encode/row-parts.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { stored } from '../product/finish.ts';
import { matrix, type Operand } from '../product/operand.ts';
import { product } from '../product/product.ts';
import { cutName, cutOf } from '../product/tile.ts';

/** [out, width] numbers, however they are stored. */
export interface Weight {
  readonly out: number;
  readonly width: number;
  /** As a side of a product over its columns, or over its rows. */
  readonly side: (isDepthAlongRows: boolean) => Operand;
}

/** A weight in float32. */
export function floatWeight(backend: TfjsWebGpu, given: Tensor): Weight {
  const weight = withFloats(backend, given);
  const [out, width] = weight.shape as [number, number];
  return { out, width, side: (isDepthAlongRows) => matrix(weight, { width, count: out }, isDepthAlongRows) };
}

/** How the forward pass is cut, for `explain`. @param size how many numbers x has */
export const noteOf = (size: number, [out, width]: readonly [out: number, width: number]): string =>
  cutName(cutOf(size / width, out, width));

/** x · weightᵀ + bias, which is added where the product is written. @shape x [..., width]; bias [out]; returns [..., out] */
export function mapRows(backend: TfjsWebGpu, given: Tensor, { out, width, side }: Weight, givenBias: Tensor | undefined): Tensor {
  const x = withFloats(backend, given);
  const bias = givenBias && withFloats(backend, givenBias);
  const y = unwritten(backend, [...given.shape.slice(0, -1), out]);
  for (const part of rowParts(backend.device.limits, x.size / width, 4 * Math.max(width, out))) {
    product(backend, {
      rows: part.count,
      columns: out,
      depth: width,
      a: matrix(partOf(x, part, 4 * width), { width, count: part.count }, true),
      b: side(true),
      finish: stored({ out: partOf(y, part, 4 * out), width: out, bias }),
    });
  }
  return y;
}

/** dy · weight. @shape dy [..., out]; returns [..., width] */
export function rowsGradient(backend: TfjsWebGpu, given: Tensor, { out, width, side }: Weight): Tensor {
  const dy = withFloats(backend, given);
  const dx = unwritten(backend, [...given.shape.slice(0, -1), width]);
  for (const part of rowParts(backend.device.limits, dy.size / out, 4 * Math.max(width, out))) {
    product(backend, {
      rows: part.count,
      columns: width,
      depth: out,
      a: matrix(partOf(dy, part, 4 * out), { width: out, count: part.count }, true),
      b: side(false),
      finish: stored({ out: partOf(dx, part, 4 * width), width }),
    });
  }
  return dx;
}
