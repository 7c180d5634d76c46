import type { Experiment } from '../../run/experiment.ts';
import { buildFlag } from '../kernels/build.ts';
import type { BookFigures, BookInput } from './input.ts';
import { pointsOf } from './points.ts';
import { bookHeadline, bookPlots, bookTable } from './table.ts';

/** A byte model of a book, ours and PyTorch's, by the same operations. */
export const book: Experiment<BookInput, BookFigures> = {
  name: 'book',
  about: 'Bits per byte of a small byte model over operations and seconds, trained in turns with PyTorch where --python is given.',
  flags: [
    { name: 'python', value: 'path', about: 'a Python with torch, numpy and safetensors, which trains the same model' },
    { name: 'operations', value: 'number', about: 'of each side, in units of 10^12; 1, and 80 with --full, by default', least: 1 },
    { name: 'threads', value: 'number', about: 'threads of each side', least: 1, default: '2' },
    buildFlag,
  ],
  docs: 'all tables',
  points: pointsOf,
  run: async (input, reporter) => (await import('./book-work.ts')).runBook(input, reporter),
  tables: (findings) => [bookTable(findings)],
  plots: bookPlots,
  headline: bookHeadline,
};
