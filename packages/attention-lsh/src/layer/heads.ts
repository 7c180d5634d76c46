import { applyLinear, dims, type Key, normal, type Parameters, parameter } from '@longspan/core-tensor';
import { requireInteger, ShapeError } from '@longspan/core-tensor/error';
import { reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';

export interface HeadSizes {
  /** Features of a token. */
  readonly width: number;
  readonly heads: number;
  /** Features of a token in one head; width / heads when absent. */
  readonly headDim?: number;
}

/** How Reformer initialises its projections: normal with this deviation. */
const initialDeviation = 0.02;

/** Features of a token in one head, checked. */
export function headDimOf(caller: string, { width, heads, headDim = width / heads }: HeadSizes): number {
  requireInteger(caller, { width, heads, headDim }, 1);
  return headDim;
}

/** Projections without bias, `name.weight` [heads · headDim, width]; a name's numbers do not depend on the others. */
export function projectionParameters(key: Key, names: readonly string[], width: number, features: number): Parameters {
  return Object.fromEntries(
    names.map((name) => [`${name}.weight`, normal(key.fold(name), [features, width], { standardDeviation: initialDeviation })]),
  );
}

/**
 * The projection of that name, from hidden [b, n, width] to heads [b, h, n, headDim]. The parameter is checked here, so that a layer
 * can refuse before its first operation.
 */
export function projection(
  caller: string,
  parameters: Parameters,
  name: string,
  { width, heads, headDim }: Required<HeadSizes>,
): (hidden: Tensor) => Tensor {
  const weight = parameter(parameters, `${name}.weight`, caller, [heads * headDim, width]);
  return (hidden) => {
    const [batch = 0, length = 0] = hidden.shape;
    return transpose(reshape(applyLinear(hidden, weight), [batch, length, heads, headDim]), [0, 2, 1, 3]);
  };
}

/** [b, h, n, d] -> [b, n, h · d] */
export function mergedHeads(x: Tensor): Tensor {
  const [batch = 0, heads = 0, length = 0, headDim = 0] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, heads * headDim]);
}

/** The batch size and length of token features that are as wide as the layer. */
export function tokensOf(caller: string, hidden: Tensor, width: number): { readonly batch: number; readonly length: number } {
  const sizes = dims(caller, { hidden: [hidden, 'b n width:float32'] });
  if (sizes.width !== width) {
    throw new ShapeError({
      caller,
      problem: 'hidden is not as wide as the layer.',
      expected: `[b, n, width=${width}]`,
      got: `[${hidden.shape.join(', ')}]`,
      remedy: `give hidden ${width} along axis 2, or make the layer with width ${sizes.width}.`,
    });
  }
  return { batch: sizes.b, length: sizes.n };
}
