import { ConfigError, show } from '../error/index.ts';
import type { Span } from './span.ts';

/**
 * A rule over pairs that refuses what is no position. It is asked for every pair of a block, so the check is one test of two numbers; what
 * is made of such rules hands its positions on to them and needs none of its own.
 * @throws ConfigError, when it is asked, for a position that is no integer
 */
export const ofPositions =
  (allows: (query: number, key: number) => boolean) =>
  (query: number, key: number): boolean => {
    if (Number.isInteger(query) && Number.isInteger(key)) return allows(query, key);
    throw new ConfigError({
      caller: 'mask.allows',
      problem: 'a position must be an integer.',
      expected: 'two integers, of a query and of a key',
      got: `${show(query)} and ${show(key)}`,
      remedy: 'call it with (query, key).',
    });
  };

/**
 * A rule over rectangles of pairs that refuses what is no span.
 * @throws ConfigError, when it is asked, for a span without two integers
 */
export const ofSpans =
  <Value>(call: 'cover' | 'pattern', ask: (queries: Span, keys: Span) => Value) =>
  (queries: Span, keys: Span): Value => {
    if (isSpan(queries) && isSpan(keys)) return ask(queries, keys);
    throw new ConfigError({
      caller: `mask.${call}`,
      problem: 'a span must be { start, end }, two integers.',
      expected: 'two spans, of queries and of keys',
      got: `${show(queries)} and ${show(keys)}`,
      remedy: 'call it with (queries, keys), both as { start: 0, end: 64 }.',
    });
  };

const isSpan = (value: Span): boolean =>
  typeof value === 'object' && value !== null && Number.isInteger(value.start) && Number.isInteger(value.end);
