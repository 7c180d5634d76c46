import type { Tensor } from '@tensorflow/tfjs-core';

/** x [..., size], then weight [size] and bias [size] where the attributes say so. */
export type LayerNormInputs = readonly [x: Tensor, ...affine: Tensor[]];

export interface LayerNormAttributes {
  /** Added to the variance before its root. */
  readonly epsilon: number;
  readonly hasWeight: boolean;
  readonly hasBias: boolean;
}
