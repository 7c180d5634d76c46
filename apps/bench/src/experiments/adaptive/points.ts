import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import type { TrainBudget } from '../measure/train/budget.ts';
import type { AdaptiveInput } from './figures.ts';

/** What calibrate is asked to keep. */
export const recall = 0.95;

const quick: TrainBudget = {
  model: { width: 128, heads: 4, layers: 2, left: 511 }, // every byte before: the attention that is to be thinned out is full
  batch: 1,
  length: 512,
  seconds: 50,
  warmupSteps: 20,
  learningRate: 4e-3,
  evaluatedBytes: 16_384,
  writtenBytes: 0,
};

const full: TrainBudget = {
  ...quick,
  model: { width: 128, heads: 4, layers: 4, left: 1023 },
  length: 1024,
  seconds: 600,
  warmupSteps: 50,
  learningRate: 3e-3,
  evaluatedBytes: 65_536,
};

export const modelName = (model: number): string => `model ${model + 1}`;
export const modelsOf = ({ full }: Pick<ExperimentOptions, 'full'>): readonly number[] => (full ? [0, 1, 2] : [0]);

export function pointsOf({ seed, full: isFull }: ExperimentOptions): readonly Point<AdaptiveInput>[] {
  const common = { seed, budget: isFull ? full : quick, blockSize: isFull ? 32 : 16, recall };
  return modelsOf({ full: isFull }).map((model) => ({ name: modelName(model), input: { ...common, model } }));
}
