import { ConfigError, show } from '../error/index.ts';
import type { Span } from './span.ts';

/**
 * A rule over pairs that refuses what is no position. It is asked for every pair of a block, so the check is one test of two numbers; what
 * is made of such rules hands its positions on to them and needs none of its own.
 * @throws ConfigError, when it is asked, for a position that is no integer and an answer that is not true or false
 */
export const ofPositions =
  (allows: (query: number, key: number) => boolean) =>
  (query: number, key: number): boolean => {
    if (Number.isInteger(query) && Number.isInteger(key)) {
      const answer: unknown = allows(query, key);
      if (typeof answer === 'boolean') return answer;
      throw wrongAnswer('allows', 'true or false', answer);
    }
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
 * @throws ConfigError, when it is asked, for a span without two integers and an answer that it cannot give
 */
export const ofSpans =
  <Value extends string | undefined>(call: 'cover' | 'pattern', ask: (queries: Span, keys: Span) => Value) =>
  (queries: Span, keys: Span): Value => {
    if (isSpan(queries) && isSpan(keys)) {
      const answer = ask(queries, keys);
      const { isRight, what } = answers[call];
      if (isRight(answer)) return answer;
      throw wrongAnswer(call, what, answer);
    }
    throw new ConfigError({
      caller: `mask.${call}`,
      problem: 'a span must be { start, end }, two integers.',
      expected: 'two spans, of queries and of keys',
      got: `${show(queries)} and ${show(keys)}`,
      remedy: 'call it with (queries, keys), both as { start: 0, end: 64 }.',
    });
  };

const answers = {
  cover: { isRight: (answer: unknown) => answer === 'none' || answer === 'some' || answer === 'all', what: "'none', 'some' or 'all'" },
  pattern: { isRight: (answer: unknown) => typeof answer === 'string' || answer === undefined, what: 'a text, or undefined' },
} as const;

/** What is none of its answers would count as one of them, and a mask that was meant to hide shows the future. */
const wrongAnswer = (call: 'allows' | 'cover' | 'pattern', expected: string, answer: unknown): ConfigError =>
  new ConfigError({
    caller: `mask.${call}`,
    problem: `a rule must answer with ${expected}.`,
    expected,
    got: show(answer),
    remedy: `return one of them on every path of ${call}; it is no async function.`,
  });

const isSpan = (value: Span): boolean =>
  typeof value === 'object' && value !== null && Number.isInteger(value.start) && Number.isInteger(value.end);
