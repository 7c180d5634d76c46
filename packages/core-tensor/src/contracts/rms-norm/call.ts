import type { Tensor } from '@tensorflow/tfjs-core';

/** x [..., width], then weight [width] where there is one. */
export type RmsNormInputs = readonly [x: Tensor, ...weight: Tensor[]];

export interface RmsNormAttributes {
  /** Added to the mean of the squares before its root. */
  readonly epsilon: number;
}
