import type { Reporter } from '../../process/work.ts';
import type { BookFigures, BookInput } from './input.ts';

/** The work of one point; each kind loads what it needs and nothing else. */
export async function runBook(input: BookInput, reporter: Reporter): Promise<BookFigures> {
  if (input.kind === 'check') return (await import('./check/check-work.ts')).runChecks(input, reporter);
  if (input.kind === 'sweep') return (await import('./sweep/sweep-work.ts')).runTurn(input, reporter);
  return (await import('./train/train-work.ts')).runTraining(input, reporter);
}
