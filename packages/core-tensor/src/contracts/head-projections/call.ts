import type { Tensor } from '@tensorflow/tfjs-core';

/** x [b, n, width]; then of each projection its weight [heads · headDim, width] and, where there are biases, its bias [heads · headDim]. */
export type HeadProjectionsInputs = readonly [x: Tensor, ...parameters: Tensor[]];

/** Of each projection [b, heads, n, headDim]. */
export type HeadProjectionsOutputs = readonly Tensor[];

export interface HeadProjectionsAttributes {
  /** Of each projection, of which there are 1 to 3: queries, keys and values. */
  readonly heads: readonly number[];
  /** Whether each has a bias. */
  readonly hasBias: boolean;
}

/** One projection of x, and the sizes of what it gives. */
export interface HeadProjection {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly heads: number;
  readonly headDim: number;
}

/** The projections of a call, in order. */
export const projectionsOf = (
  [, ...parameters]: HeadProjectionsInputs,
  { heads, hasBias }: HeadProjectionsAttributes,
): readonly HeadProjection[] =>
  heads.map((count, at) => {
    const weight = parameters[hasBias ? 2 * at : at] as Tensor;
    return { weight, bias: hasBias ? parameters[2 * at + 1] : undefined, heads: count, headDim: (weight.shape[0] as number) / count };
  });

/** What the gradients read. */
export interface SavedInputs {
  readonly inputs: HeadProjectionsInputs;
}

type GradientOf = (saved: SavedInputs, dys: HeadProjectionsOutputs, attributes: HeadProjectionsAttributes) => Tensor;

/** The most projections of a call. */
export const mostProjections = 3;

/** All projections of a call and the cotangents of their outputs, for kernels that compute several gradients at once. */
export interface AllProjections {
  readonly projections: readonly HeadProjection[];
  readonly dys: HeadProjectionsOutputs;
}

/**
 * The gradients of a call's inputs, by their places: from those of x, and of a weight and of a bias by the cotangent of their own output. Each is
 * computed where it is wanted: a bias's after its weight's.
 * @shape each gradient as its input
 * @cost that of the functions that are wanted
 */
export const gradientsByPlace = (of: {
  readonly x: GradientOf;
  readonly weight: (x: Tensor, dy: Tensor, all: AllProjections) => Tensor;
  readonly bias: (dy: Tensor) => Tensor;
}): Readonly<Record<number, GradientOf>> => {
  const ofParameter =
    (place: number): GradientOf =>
    ({ inputs }, dys, attributes) => {
      const at = attributes.hasBias ? place >> 1 : place;
      const dy = dys[at] as Tensor;
      if (attributes.hasBias && place % 2 === 1) return of.bias(dy);
      return of.weight(inputs[0], dy, { projections: projectionsOf(inputs, attributes), dys });
    };
  return Object.fromEntries([of.x, ...Array.from({ length: 2 * mostProjections }, (_, place) => ofParameter(place))].entries());
};
