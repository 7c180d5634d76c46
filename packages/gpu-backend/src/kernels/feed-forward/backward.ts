import type { FeedForwardAttributes } from '@longspan/core-tensor/kernel';
import { type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf } from '../../encode/row-parts.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { stored } from '../product/finish.ts';
import { matrix } from '../product/operand.ts';
import { product } from '../product/product.ts';
import { activatedRows, slopedRows } from './finish.ts';
import { chunksOfRows, sizesOf } from './sizes.ts';

type Saved = readonly [x: Tensor, innerWeight: Tensor, innerBias: Tensor, outerWeight: Tensor];

/** The gradients of x and the four parameters, by five products for each chunk: the inner rows are recomputed. */
export function backward(
  backend: TfjsWebGpu,
  given: Saved,
  cotangent: Tensor,
  { activation, chunkLength }: FeedForwardAttributes,
): Tensor[] {
  const [x, innerWeight, innerBias, outerWeight] = given.map((each) => withFloats(backend, each)) as readonly Tensor[] as Saved;
  const dy = withFloats(backend, cotangent);
  const sizes = sizesOf(x, innerWeight);
  const { rows, width, inner, innerRow } = sizes;
  if (rows === 0) return [...given.map(({ shape }) => zeros(shape)), zeros([width])];
  const gradients = [...given.map(({ shape }) => shape), [width]].map((shape) => unwritten(backend, shape));
  const [dx, dInnerWeight, dInnerBias, dOuterWeight, dOuterBias] = gradients as [Tensor, Tensor, Tensor, Tensor, Tensor];
  for (const { part, first, count } of chunksOfRows(backend.device.limits, sizes, chunkLength)) {
    const isAdded = part.first + first > 0;
    tidy(() => {
      const ofX = (isDepthAlongRows: boolean) => matrix(partOf(x, part, 4 * width), { width, count, first }, isDepthAlongRows);
      const ofDy = (isDepthAlongRows: boolean) => matrix(partOf(dy, part, 4 * width), { width, count, first }, isDepthAlongRows);
      const [active, dInner] = [unwritten(backend, [count, innerRow]), unwritten(backend, [count, innerRow])];
      product(backend, {
        rows: count,
        columns: inner,
        depth: width,
        a: ofX(true),
        b: matrix(innerWeight, { width, count: inner }, true),
        finish: activatedRows(active, innerBias, sizes, null),
      });
      product(backend, {
        rows: count,
        columns: inner,
        depth: width,
        a: ofDy(true),
        b: matrix(outerWeight, { width: inner, count: width }, false),
        finish: slopedRows(active, dInner, sizes, activation),
      });
      product(backend, {
        rows: count,
        columns: width,
        depth: inner,
        a: matrix(dInner, { width: innerRow, count }, true),
        b: matrix(innerWeight, { width, count: inner }, false),
        finish: stored({ out: partOf(dx, part, 4 * width), width, first }),
      });
      product(backend, {
        rows: inner,
        columns: width,
        depth: count,
        a: matrix(dInner, { width: innerRow, count }, false),
        b: ofX(false),
        finish: stored({ out: dInnerWeight, width, isAdded, sums: dInnerBias }),
      });
      product(backend, {
        rows: width,
        columns: inner,
        depth: count,
        a: ofDy(false),
        b: matrix(active, { width: innerRow, count }, false),
        finish: stored({ out: dOuterWeight, width: inner, isAdded, sums: dOuterBias }),
      });
    });
  }
  return gradients;
}
