import type { Activation } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, type RowPart, rowParts } from '../../encode/row-parts.ts';
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
  /** Of a row, the widest of what is bound for it. */
  readonly bytesPerRow: number;
  /** Some of its rows as a side of a product over its columns, or over its rows. */
  readonly side: (part: RowPart, isDepthAlongRows: boolean) => Operand;
}

/** A weight in float32. */
export function floatWeight(backend: TfjsWebGpu, given: Tensor): Weight {
  const weight = withFloats(backend, given);
  const [out, width] = weight.shape as [number, number];
  const bytesPerRow = 4 * width;
  return {
    out,
    width,
    bytesPerRow,
    side: (part, isDepthAlongRows) => matrix(partOf(weight, part, bytesPerRow), { width, count: part.count }, isDepthAlongRows),
  };
}

/** How the forward pass is cut, for `explain`. @param size how many numbers x has */
export const noteOf = (size: number, [out, width]: readonly [out: number, width: number]): string =>
  cutName(cutOf(size / width, out, width));

/**
 * x, or what an activation makes of it, · weightᵀ + bias, which is added where the product is written; rows of x, and of the weight, in as many parts as bindings ask for.
 * @shape x [..., width]; bias [out]; returns [..., out]
 */
export function mapRows(
  backend: TfjsWebGpu,
  given: Tensor,
  weight: Weight,
  givenBias: Tensor | undefined,
  activation?: Activation | undefined,
): Tensor {
  const { limits } = backend.device;
  const { out, width } = weight;
  const x = withFloats(backend, given);
  const bias = givenBias && withFloats(backend, givenBias);
  const y = unwritten(backend, [...given.shape.slice(0, -1), out]);
  for (const rows of rowParts(limits, x.size / width, 4 * Math.max(width, out))) {
    for (const channels of rowParts(limits, out, weight.bytesPerRow)) {
      product(backend, {
        rows: rows.count,
        columns: channels.count,
        depth: width,
        a: matrix(partOf(x, rows, 4 * width), { width, count: rows.count }, true, activation),
        b: weight.side(channels, true),
        finish: stored({ out: partOf(y, rows, 4 * out), width: out, firstColumn: channels.first, bias }),
      });
    }
  }
  return y;
}

/** dy · weight, times the slope of an activation where x has gone through one. @shape dy [..., out]; returns [..., width], as x */
export function rowsGradient(
  backend: TfjsWebGpu,
  given: Tensor,
  weight: Weight,
  activated?: { readonly x: Tensor; readonly by: Activation } | undefined,
): Tensor {
  const { limits } = backend.device;
  const { out, width } = weight;
  const dy = withFloats(backend, given);
  const dx = unwritten(backend, [...given.shape.slice(0, -1), width]);
  for (const rows of rowParts(limits, dy.size / out, 4 * Math.max(width, out))) {
    for (const channels of rowParts(limits, out, weight.bytesPerRow)) {
      product(backend, {
        rows: rows.count,
        columns: width,
        depth: channels.count,
        a: matrix(partOf(dy, rows, 4 * out), { width: out, count: rows.count, columns: channels }, true),
        b: weight.side(channels, false),
        finish: stored({
          out: partOf(dx, rows, 4 * width),
          width,
          isAdded: channels.first > 0,
          slope: activated && { of: activated.by, at: partOf(activated.x, rows, 4 * width) },
        }),
      });
    }
  }
  return dx;
}
