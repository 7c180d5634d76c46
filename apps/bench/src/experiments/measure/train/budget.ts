import type { LanguageModelSize } from '../../../model/language-model.ts';
import type { TextTraining } from '../../../training/train-on-text.ts';

/** All that decides how long training takes and what comes of it, in one place. */
export interface TrainBudget extends TextTraining {
  readonly model: LanguageModelSize;
  /** Held-out bytes that are evaluated at most, spread evenly over the held-out pieces. */
  readonly evaluatedBytes: number;
  /** Bytes of the text that the model writes at the end. */
  readonly writtenBytes: number;
}

const full: TrainBudget = {
  model: { width: 128, heads: 4, layers: 2, left: 127 },
  batch: 1, // many small steps: at this speed they learn more in a minute than fewer large ones
  length: 512,
  seconds: 55,
  warmupSteps: 20,
  learningRate: 4e-3,
  evaluatedBytes: 40_000,
  writtenBytes: 240,
};

const quick: TrainBudget = {
  ...full,
  model: { width: 32, heads: 2, layers: 1, left: 31 },
  length: 128,
  seconds: 1,
  warmupSteps: 2,
  evaluatedBytes: 2048,
  writtenBytes: 24,
};

/** The budget of a run. Plain JavaScript gets a smaller model for the same minute. */
export function trainBudget({ backend, isQuick }: { readonly backend: 'cpu' | 'wasm'; readonly isQuick: boolean }): TrainBudget {
  if (isQuick) return quick;
  return backend === 'cpu' ? { ...full, model: { ...full.model, width: 64, layers: 1 }, length: 256, evaluatedBytes: 16_384 } : full;
}
