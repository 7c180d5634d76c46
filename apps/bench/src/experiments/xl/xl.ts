import type { Experiment } from '../../run/experiment.ts';
import { pointsOf } from './points.ts';
import { xlHeadline, xlPlots, xlTables } from './tables.ts';
import type { XlFigures, XlInput } from './xl-input.ts';

/** What memory is worth: how much faster a text is read with it, and how much better it is predicted. */
export const xl: Experiment<XlInput, XlFigures> = {
  name: 'xl',
  about: 'Transformer-XL: a text read with memory against windows recomputed, and what memory and relative positions are worth.',
  docs: 'all tables',
  points: pointsOf,
  run: async (input, reporter) =>
    input.kind === 'speed'
      ? (await import('./speed-work.ts')).runSpeed(input, reporter)
      : (await import('./models-work.ts')).runModels(input, reporter),
  tables: xlTables,
  plots: xlPlots,
  headline: xlHeadline,
};
