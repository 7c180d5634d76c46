import type { Sides } from '@longspan/attention-sparse/mask';
import type { LayerContext, LayerWrapper, Padding } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';

/** How the vectors of a group become one: by their mean, by a dense layer, or by attention whose queries are made by either. */
export type Downsampling = 'average' | 'linear' | { readonly attention: 'average' | 'linear' };
/** How one vector becomes a group's: as it is, by a dense layer, or by attention whose queries are made by either. */
export type Upsampling = 'repeat' | 'linear' | { readonly attention: 'repeat' | 'linear' };

/** What all parts of an Hourglass have in common: its config, checked and with its defaults. */
export interface HourglassPlan {
  readonly width: number;
  readonly heads: number;
  readonly innerWidth: number;
  readonly downsampling: Downsampling;
  readonly upsampling: Upsampling;
  readonly window: Sides | undefined;
  readonly epsilon: number;
  readonly hiddenDropout: number;
  readonly cache: boolean;
  readonly chunkLength: number | undefined;
  readonly wrapLayer: LayerWrapper;
}

/** The two biases of relative scores, [heads, headDim], of all layers of an Hourglass. */
export interface SharedBiases {
  readonly context: Tensor;
  readonly location: Tensor;
}

/** What the parts of an Hourglass read of their context. */
export interface HourglassPartContext extends LayerContext {
  /** Of the vectors of x, on whatever level it is. */
  readonly padding?: Padding | undefined;
  /** Provided by the hourglass. */
  readonly biases?: SharedBiases | undefined;
  /** With a cache: how many vectors of this level calls before have finished. Provided by the hourglass; 0 by default. */
  readonly seen?: number | undefined;
}
