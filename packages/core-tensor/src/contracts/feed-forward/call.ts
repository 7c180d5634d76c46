import type { Tensor } from '@tensorflow/tfjs-core';
import type { Activation } from '../../layer/activation.ts';

/** x [..., width], innerWeight [inner, width], innerBias [inner], outerWeight [width, inner], outerBias [width]. */
export type FeedForwardInputs = readonly [x: Tensor, innerWeight: Tensor, innerBias: Tensor, outerWeight: Tensor, outerBias: Tensor];

export interface FeedForwardAttributes {
  readonly activation: Activation;
  /** No more rows than that of the inner activation exist at one time, in either pass. */
  readonly chunkLength: number;
}
