import type { Experiment } from '../../run/experiment.ts';
import type { ReversibleFigures, ReversibleInput } from './input.ts';
import { pointsOf } from './points.ts';
import { memoryTable, reversibleHeadline, reversiblePlots, timeTable, trainingTable } from './tables.ts';

/** What rebuilding activations saves, what it costs, and that it learns as well. */
export const reversible: Experiment<ReversibleInput, ReversibleFigures> = {
  name: 'reversible',
  about: 'Reversible blocks: peak memory against depth, the price in time, and training beside plain ones.',
  docs: 'all tables',
  points: pointsOf,
  run: async (input, reporter) => (await import('./work.ts')).runReversible(input, reporter),
  tables: (findings) => [memoryTable(findings), timeTable(findings), trainingTable(findings)],
  plots: reversiblePlots,
  headline: reversibleHeadline,
};
