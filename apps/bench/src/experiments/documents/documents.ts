import type { Experiment } from '../../run/experiment.ts';
import { buildFlag } from '../kernels/build.ts';
import type { DocumentsFigures, DocumentsInput } from './input.ts';
import { pointsOf } from './points.ts';
import { documentsHeadline, graphTable, indexTable, targetTable, tokenizeTable } from './tables.ts';

/** What it takes to make something of a book: its tokens, its index, an answer of it. */
export const documents: Experiment<DocumentsInput, DocumentsFigures> = {
  name: 'documents',
  about: "A whole book: its tokens with their places in the text, and its index by a real encoder beside tfjs's own run of it.",
  flags: [buildFlag],
  docs: 'all tables',
  points: pointsOf,
  run: async (input, reporter) => (await import('./work.ts')).runDocuments(input, reporter),
  tables: (findings) => [targetTable(findings), graphTable(findings), indexTable(findings), tokenizeTable(findings)],
  headline: documentsHeadline,
};
