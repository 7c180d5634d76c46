import type { Tensor } from '@tensorflow/tfjs-core';

/** Some rows of the softmax, each as the keys it attends to and their weights. A type, as tfjs's containers take no interface. */
export type RowWeights = {
  /** Int32 [b, h, queries, width]: key indices, ascending; −1 after the last one that a row attends to. */
  readonly keys: Tensor;
  /**
   * [b, h, queries, width]: exp(score − logSumExp), which sum to 1 over a row that attends to a key, also where its scores lie far from 0;
   * 0 after its last key.
   */
  readonly weights: Tensor;
};
