import type { Tensor } from '@tensorflow/tfjs-core';
import type { BlockLayout } from '../../layout/block-layout.ts';

/** The sizes that everything else follows from. */
export interface AttentionSizes {
  readonly batch: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly queryLength: number;
  readonly keyLength: number;
  readonly headDim: number;
  readonly valueDim: number;
}

/** Which pairs of blocks a call visits. */
export interface AttentionBlocks {
  readonly sizes: AttentionSizes;
  readonly layout: BlockLayout;
  /** Int32 [b|1, h|1, queryBlocks, width]: key blocks attended to besides the layout's, −1 where unused. Known on the device only. */
  readonly selected: Tensor | undefined;
}
