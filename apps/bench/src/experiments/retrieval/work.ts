import type { Reporter } from '../../process/work.ts';
import type { RetrievalFigures, RetrievalInput } from './input.ts';
import { measureVectors } from './vectors-work.ts';
import { measureWords } from './words-work.ts';

/** The work of a point. */
export const runRetrieval = (input: RetrievalInput, reporter: Reporter): Promise<RetrievalFigures> =>
  input.kind === 'words' ? measureWords(input, reporter) : measureVectors(input, reporter);
