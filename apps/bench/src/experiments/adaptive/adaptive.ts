import type { Experiment } from '../../run/experiment.ts';
import type { AdaptiveFigures, AdaptiveInput } from './figures.ts';
import { pointsOf } from './points.ts';
import { adaptiveHeadline, adaptivePlots, adaptiveTables } from './tables.ts';

/** How much of a trained model's attention each sparse pattern keeps for its cost, and what calibrate makes of that. */
export const adaptive: Experiment<AdaptiveInput, AdaptiveFigures> = {
  name: 'adaptive',
  about: 'What sparse patterns keep of the attention of a model trained on the book, against what they cost, and what calibrate picks.',
  docs: ['Patterns', 'What calibrate picks', 'Models'],
  points: pointsOf,
  run: async (input, reporter) => (await import('./adaptive-work.ts')).runAdaptive(input, reporter),
  tables: adaptiveTables,
  plots: adaptivePlots,
  headline: adaptiveHeadline,
};
