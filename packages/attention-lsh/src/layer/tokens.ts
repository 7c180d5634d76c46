import { dims, type LayerContext, type Padding } from '@longspan/core-tensor';
import { requireInteger, ShapeError } from '@longspan/core-tensor/error';
import { checkPadding } from '@longspan/core-tensor/layer';
import { concat, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';

export interface HeadSizes {
  /** Features of a token. */
  readonly width: number;
  readonly heads: number;
  /** Features of a token in one head; width / heads by default. */
  readonly headDim?: number | undefined;
}

/** Features of a token in one head, checked. */
export function headDimOf(caller: string, { width, heads, headDim }: HeadSizes): number {
  requireInteger(caller, { width, heads }, 1);
  const dim = headDim ?? width / heads;
  requireInteger(caller, { headDim: dim }, 1);
  return dim;
}

/** What both layers read of their context. */
export interface PaddingContext extends LayerContext {
  readonly padding?: Padding | undefined;
}

/** Throws unless x is as wide as the layer and the padding is that of x. */
export function checkTokens(caller: string, x: Tensor, width: number, padding: Padding | undefined): void {
  const sizes = dims(caller, { x: [x, 'b n width:float32'] });
  if (sizes.width !== width) {
    throw new ShapeError({
      caller,
      problem: 'x must be as wide as the layer.',
      expected: `[b, n, width=${width}]`,
      got: `[${x.shape.join(', ')}]`,
      remedy: `give x ${width} along axis 2, or make the layer with width ${sizes.width}.`,
    });
  }
  checkPadding(caller, padding, { batch: sizes.b, length: sizes.n });
}

/** x [b, n, width] with zeros up to that length. */
export function filledUp(x: Tensor, length: number): Tensor {
  const [batch = 0, given = 0, width = 0] = x.shape;
  return given === length ? x : concat([x, zeros([batch, length - given, width])], 1);
}

/** The first tokens of x [b, n, width] alone. */
export function cropped(x: Tensor, length: number): Tensor {
  const [batch = 0, given = 0, width = 0] = x.shape;
  return given === length ? x : slice(x, [0, 0, 0], [batch, length, width]);
}
