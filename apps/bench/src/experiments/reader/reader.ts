import type { Experiment } from '../../run/experiment.ts';
import type { ReaderFigures, ReaderInput } from './input.ts';
import { pointsOf } from './points.ts';
import { readerHeadline, readerTables } from './table.ts';

/** The recipe of the model that the playground reads texts with. */
export const reader: Experiment<ReaderInput, ReaderFigures> = {
  name: 'reader',
  about: 'Trains the small byte model with which the playground reads texts, and writes its weights with their recipe and figures.',
  file: {
    name: 'folder',
    about: 'where reader.safetensors and reader.json go; the playground has those of --full in apps/playground/public/models',
  },
  points: pointsOf,
  run: async (input, reporter) => (await import('./reader-work.ts')).runReader(input, reporter),
  tables: readerTables,
  headline: readerHeadline,
};
