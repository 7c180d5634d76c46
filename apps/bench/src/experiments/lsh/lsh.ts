import type { Experiment } from '../../run/experiment.ts';
import type { LshFigures, LshInput } from './input.ts';
import { pointsOf, tooLong } from './points.ts';
import { duplicationTable, imageTable, lshHeadline, lshPlots, massTable, timeTable } from './tables.ts';

/** Reformer's claims for hashed attention: that it learns to look up, that it costs the same at any length, what it finds. */
export const lsh: Experiment<LshInput, LshFigures> = {
  name: 'lsh',
  about:
    'LSH attention: duplication, time per token against length, an image as one sequence, and the attention mass that it finds on text.',
  docs: 'all tables',
  points: pointsOf,
  run: async (input, reporter) => (await import('./work.ts')).runLsh(input, reporter),
  skip: tooLong,
  tables: (findings) => [duplicationTable(findings), timeTable(findings), imageTable(findings), massTable(findings)],
  plots: lshPlots,
  headline: lshHeadline,
};
