import type { Experiment } from '../../run/experiment.ts';
import type { PlaygroundFigures, PlaygroundInput } from './input.ts';
import { pointsOf } from './points.ts';
import { playgroundHeadline, playgroundTables } from './table.ts';

/** How soon the playground's page is there, and whether it ever stands still. */
export const playground: Experiment<PlaygroundInput, PlaygroundFigures> = {
  name: 'playground',
  about: 'How soon each view of the playground is on the screen, what it loads, and how long its main thread is ever busy, in a Chromium.',
  docs: 'all tables',
  points: pointsOf,
  run: async (input, reporter) => (await import('./visit-work.ts')).visitView(input, reporter),
  tables: playgroundTables,
  headline: playgroundHeadline,
};
