import { choice, integer, number, text } from '../../state/field.ts';
import { urlState } from '../../state/url-state.ts';
import { samples } from '../../text/samples.ts';
import { searchLevels, ways } from './passages.ts';
import { questionsOf } from './questions.ts';

const first = 'moby-dick-begin';

export const ask = urlState('ask', {
  /** The sample that is asked; a person's own text is in no link. */
  text: choice(
    first,
    samples.map(({ id }) => id),
  ),
  q: text(questionsOf(first)[0] ?? ''),
  level: choice('paragraph', searchLevels),
  by: choice('both', ways),
  /** The vectors' share of the fused score. */
  weight: number(0.8, { from: 0, to: 1 }),
  /** Which of the passages is looked at, from 1. */
  passage: integer(1, { from: 1, to: 1000 }),
});
