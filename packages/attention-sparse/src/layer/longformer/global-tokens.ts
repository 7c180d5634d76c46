import { ConfigError, requireKind, ShapeError, show } from '@longspan/core-tensor/error';
import type { Tokens } from '../tokens.ts';

/** Positions of global tokens: one list for all batch rows, or one for each. */
export type GlobalTokens = readonly number[] | readonly (readonly number[])[];

/**
 * The global tokens of each batch row, ascending and each once; a single list where all rows have the same.
 * @throws ShapeError for another number of lists than rows; ConfigError for a position outside the sequence
 */
export function globalsPerRow(caller: string, globals: GlobalTokens, { batch, length }: Tokens): readonly (readonly number[])[] {
  requireKind(caller, 'context.globals', globals, 'list');
  for (const each of globals) if (typeof each !== 'number') requireKind(caller, 'context.globals', each, 'list');
  const lists = globals.some((each) => typeof each === 'object')
    ? (globals as readonly (readonly number[])[])
    : [globals as readonly number[]];
  if (lists.length !== 1 && lists.length !== batch) {
    throw new ShapeError({
      caller,
      problem: 'context.globals must be one list of positions, or one for each batch row.',
      expected: `${batch} lists  (batch rows, set by x)`,
      got: `${lists.length} lists`,
      remedy: 'write { globals: [0] } for the first token of every row.',
    });
  }
  return lists.map((list, row) => {
    const wrong = list.find((position) => !(Number.isInteger(position) && position >= 0 && position < length));
    if (wrong === undefined) return [...new Set(list)].sort((a, b) => a - b);
    throw new ConfigError({
      caller,
      problem: 'every position in context.globals must be one of x.',
      expected: `integers from 0 to ${length - 1}`,
      got: `${show(wrong)} (list ${row})`,
      remedy: 'count tokens from 0, padding included.',
    });
  });
}
