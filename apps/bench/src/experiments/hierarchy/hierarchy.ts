import type { Experiment } from '../../run/experiment.ts';
import type { HierarchyFigures, HierarchyInput } from './hierarchy-input.ts';
import { pointsOf } from './points.ts';
import { hierarchyHeadline, hierarchyTables } from './tables.ts';

/** What shorter levels are worth: a language model with them, and documents read segment by segment. */
export const hierarchy: Experiment<HierarchyInput, HierarchyFigures> = {
  name: 'hierarchy',
  about: 'Levels: an Hourglass beside a plain model on the book, HAT beside Longformer on long speeches.',
  docs: 'all tables',
  points: pointsOf,
  run: async (input, reporter) =>
    input.kind === 'book'
      ? (await import('./book-work.ts')).runBook(input, reporter)
      : (await import('./speech-work.ts')).runSpeech(input, reporter),
  tables: hierarchyTables,
  headline: hierarchyHeadline,
};
