import { choice, choices, flag, integer } from '../../state/field.ts';
import { urlState } from '../../state/url-state.ts';
import { levelNames } from './level-names.ts';

/** The model that is drawn. */
const models = ['hourglass', 'hat'] as const;

/** Tokens of the drawing. */
export const drawnTokens = 24;

export const levels = urlState('levels', {
  /** What a click takes, and which of them. */
  level: choice('sentence', levelNames),
  unit: integer(1, { from: 0, to: 100_000_000 }),
  /** Levels that are coloured. */
  shown: choices(levelNames, levelNames),
  model: choice('hourglass', models),
  /** Vectors of a level that become one of the next; 1 for no second level. */
  first: integer(3, { from: 2, to: 8 }),
  second: integer(2, { from: 1, to: 4 }),
  /** Whether a position attends to all before it, or to as many as the window says. */
  all: flag(true),
  window: integer(2, { from: 0, to: 12 }),
  /** Tokens of a segment of HAT. */
  segment: integer(6, { from: 2, to: 12 }),
  /** The position that is looked at: its row, from the input upwards, and its place. */
  row: integer(9, { from: 0, to: 9 }),
  at: integer(13, { from: 0, to: drawnTokens - 1 }),
});
