import type { Experiment } from '../../run/experiment.ts';
import type { RetrievalFigures, RetrievalInput } from './input.ts';
import { pointsOf } from './points.ts';
import { retrievalHeadline, systemTable, weightTable } from './tables.ts';

/** Whether sentences find the paragraphs that they were cut out of, on real weights. */
export const retrieval: Experiment<RetrievalInput, RetrievalFigures> = {
  name: 'retrieval',
  about: 'Whether sentences find the paragraphs of the book that they were cut out of: by vectors of real weights, by BM25, and by both.',
  flags: [
    {
      name: 'minilm',
      value: 'path',
      about: 'the folder of all-MiniLM-L6-v2, as check:real --cache fetches it; without it its rows are not measured',
    },
  ],
  docs: 'all tables',
  points: pointsOf,
  run: async (input, reporter) => (await import('./work.ts')).runRetrieval(input, reporter),
  tables: (findings) => [systemTable(findings), weightTable(findings)],
  headline: retrievalHeadline,
};
