import type { Experiment } from '../../run/experiment.ts';
import type { AnyFigures, AnyInput } from './input.ts';
import { pointsOf } from './points.ts';
import { readerHeadline, readerTables } from './table.ts';

/** The recipe of the models that the playground reads texts with: one that looks at all before, one with a memory. */
export const reader: Experiment<AnyInput, AnyFigures> = {
  name: 'reader',
  about: 'Trains the two small byte models with which the playground reads texts, and writes their weights with recipe and figures.',
  file: {
    name: 'folder',
    about:
      'where the weights (.safetensors) and what is known of them (.json) go; the playground has those of --full in apps/playground/public/models',
  },
  points: pointsOf,
  run: async (input, reporter) =>
    input.kind === 'reader'
      ? (await import('./reader-work.ts')).runReader(input, reporter)
      : (await import('./memory-work.ts')).runMemory(input, reporter),
  tables: readerTables,
  headline: readerHeadline,
};
