import type { MaskChoice } from '@longspan/attention-sparse';

/** What was measured and chosen of one layer: for each head its mask, the mass that it keeps and the share of blocks that it visits. */
export interface LayerChoice extends MaskChoice {
  /** Of its attention, as in `attentions` of the model. */
  readonly name: string;
}

/** What became of a number. */
export interface Change {
  readonly before: number;
  readonly after: number;
}

export interface SparsifyReport {
  /** The share that was asked for. */
  readonly recall: number;
  /** Tokens of the texts by which cost was counted. */
  readonly length: number;
  readonly layers: readonly LayerChoice[];
  /** Attentions that have a mask of their own: they are as they were. */
  readonly left: readonly string[];
  /** Whether every head keeps the recall. */
  readonly reached: boolean;
  /** What the heads of `layers` visit at that length, over all blocks. */
  readonly visitedFraction: number;
  /** Mean over the sample; undefined where the model has no loss or the sample no labels. */
  readonly loss: Change | undefined;
  /** How far the outputs moved on the sample, padding left out: ‖after − before‖ / ‖before‖, and the largest difference of two numbers. */
  readonly outputs: { readonly relative: number; readonly largest: number };
  /** Milliseconds for the sample, each text once by either model, in turns: one measurement, with what the machine did besides in it. */
  readonly time: Change;
}
