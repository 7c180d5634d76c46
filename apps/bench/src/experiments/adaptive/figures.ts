import type { TrainBudget } from '../measure/train/budget.ts';

/** One model: trained, looked into, and calibrated. */
export interface AdaptiveInput {
  readonly seed: number;
  /** Tells the models of a run apart. */
  readonly model: number;
  readonly budget: TrainBudget;
  /** Tokens along each side of a block. */
  readonly blockSize: number;
  /** What calibrate is asked to keep. */
  readonly recall: number;
}

/** A pattern at one of its settings, over all layers and heads of a model. */
export interface PatternFigures {
  readonly family: string;
  readonly setting: string;
  /** Blocks visited over those that causal attention visits; for choices of single keys, pairs over causal pairs. */
  readonly share: number;
  /** Mean share of the attention mass that is kept. */
  readonly recall: number;
  /** That of the head which keeps the least. */
  readonly lowestHead: number;
  /** Length of the output's error over that of the output, over a whole layer, as a mean; null where there is no output to compare. */
  readonly error: number | null;
}

/** What calibrate chose for one head. */
export interface HeadFigures {
  readonly layer: number;
  readonly head: number;
  readonly mask: string;
  readonly share: number;
  /** On the texts it was calibrated on, and on others. */
  readonly recall: number;
  readonly unseenRecall: number;
}

/** One candidate of calibrate, used for all heads alike. */
export interface UniformFigures {
  readonly mask: string;
  readonly share: number;
  readonly recall: number;
  /** Heads that keep what was asked for. */
  readonly reached: number;
}

export interface AdaptiveFigures {
  readonly parameters: number;
  readonly steps: number;
  readonly trainingSeconds: number;
  readonly heldOutBits: number;
  readonly patterns: readonly PatternFigures[];
  readonly heads: readonly HeadFigures[];
  readonly uniform: readonly UniformFigures[];
}
