import type { Experiment } from '../../run/experiment.ts';
import type { DocumentsFigures, DocumentsInput } from './input.ts';
import { pointsOf } from './points.ts';
import { documentsHeadline, tokenizeTable } from './tables.ts';

/** What it takes to make something of a book: so far, its tokens. */
export const documents: Experiment<DocumentsInput, DocumentsFigures> = {
  name: 'documents',
  about: 'A whole book: its tokens with their places in the text.',
  points: pointsOf,
  run: async (input, reporter) => (await import('./tokenize-work.ts')).runTokenize(input, reporter),
  tables: (findings) => [tokenizeTable(findings)],
  headline: documentsHeadline,
};
