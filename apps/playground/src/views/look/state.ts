import { choice, integer } from '../../state/field.ts';
import { urlState } from '../../state/url-state.ts';
import { samples } from '../../text/samples.ts';
import { mechanismIds } from './mechanisms.ts';

/** Bytes that the model reads at most, the clicked word's own included. */
export const contexts = [256, 512, 1024, 2048, 4096] as const;
/** Keys that each mechanism gives a query, about. */
export const budgets = [16, 32, 64, 128, 256, 512, 1024] as const;

export const look = urlState('look', {
  /** The sample that is read; a person's own text is in no link. */
  text: choice(
    'harbour',
    samples.map(({ id }) => id),
  ),
  /** Where in the text the word is, characters; 0 for a word that the view chooses. */
  at: integer(0, { from: 0, to: 100_000_000 }),
  context: integer(2048, { from: 64, to: 4096 }),
  layer: integer(1, { from: 1, to: 64 }),
  /** 0 for the mean of all heads. */
  head: integer(0, { from: 0, to: 64 }),
  mechanism: choice('window', ['dense', ...mechanismIds]),
  budget: integer(64, { from: 8, to: 4096 }),
});
