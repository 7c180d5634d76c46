import type { Tensor } from '@tensorflow/tfjs-core';
import type { Complete } from '../../op/complete.ts';

/** What is the same for all classes. */
export interface CrossEntropyRules {
  /** 'mean' by default: over the rows that are not ignored. 'none' gives one loss for each row. */
  readonly reduction?: 'mean' | 'sum' | 'none' | undefined;
  /** Rows with this target have no loss and no gradient; −100 by default. */
  readonly ignoreIndex?: number | undefined;
  /** The fraction of the target that is spread over all classes alike; 0 by default. */
  readonly labelSmoothing?: number | undefined;
}

/** logits [..., classes], float32, and targets [...], int32. */
export type CrossEntropyInputs = readonly [logits: Tensor, targets: Tensor];

export interface CrossEntropyAttributes extends Complete<CrossEntropyRules> {
  readonly classes: number;
}
