import type { FeedForwardAttributes, FeedForwardInputs } from '@longspan/core-tensor/kernel';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf } from '../../encode/row-parts.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { stored } from '../product/finish.ts';
import { matrix } from '../product/operand.ts';
import { product } from '../product/product.ts';
import { activatedRows } from './finish.ts';
import { chunksOfRows, sizesOf } from './sizes.ts';

/** Two products for each chunk of rows. */
export function forward(backend: TfjsWebGpu, given: FeedForwardInputs, { activation, chunkLength }: FeedForwardAttributes): Tensor {
  const [x, innerWeight, innerBias, outerWeight, outerBias] = given.map((each) =>
    withFloats(backend, each),
  ) as readonly Tensor[] as FeedForwardInputs;
  const sizes = sizesOf(x, innerWeight);
  const { width, inner, innerRow } = sizes;
  const y = unwritten(backend, given[0].shape);
  for (const { part, first, count } of chunksOfRows(backend.device.limits, sizes, chunkLength)) {
    tidy(() => {
      const active = unwritten(backend, [count, innerRow]);
      product(backend, {
        rows: count,
        columns: inner,
        depth: width,
        a: matrix(partOf(x, part, 4 * width), { width, count, first }, true),
        b: matrix(innerWeight, { width, count: inner }, true),
        finish: activatedRows(active, innerBias, sizes, activation),
      });
      product(backend, {
        rows: count,
        columns: width,
        depth: inner,
        a: matrix(active, { width: innerRow, count }, true),
        b: matrix(outerWeight, { width: inner, count: width }, true),
        finish: stored({ out: partOf(y, part, 4 * width), width, first, bias: outerBias }),
      });
    });
  }
  return y;
}
