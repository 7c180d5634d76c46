import { ConfigError, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import type { Batch } from '../train/batch.ts';
import { asBatch, type TokenBatch, type TokenDataOptions, tokenDataNames } from './token-batch.ts';

/** Batches for `train`, from a position on. */
export type TokenData = (from: number) => AsyncGenerator<Batch>;

/**
 * Data for `train` from batches that come one after the other: of `segments`, say, whose documents may be streams. A run that goes on from a
 * checkpoint asks for the batches after those it has seen, so the function opens its source anew each time it is called.
 * @param batches those from a position on
 * @throws ConfigError when it is no function; while training: for a batch that is not lists of tokens, and where rows of a model with memory
 *   begin a text and nobody says how
 * @cost that of the batches, and one copy onto the backend
 * @example
 * const text = 'Call me Ishmael.'; // a stream in its place: createReadStream('book.txt') of Node
 * const data = dataFrom((position) => segments([byteTokens(text)], { segmentLength: 5, position }));
 * const { x, context, count } = (await data(1).next()).value;
 * [x.arraySync(), context.targets.arraySync(), count]; // => [[[109, 101, 32, 73, 115]], [[101, 32, 73, 115, 104]], 5]
 */
export function dataFrom<Tokens extends TokenBatch>(
  batches: (position: number) => Iterable<Tokens> | AsyncIterable<Tokens>,
  options: TokenDataOptions<Tokens> = {},
): TokenData {
  const caller = 'dataFrom';
  requireKind(caller, 'batches', batches, 'function');
  requireKnown(caller, options, tokenDataNames);
  const { ...own } = options;
  return async function* (from) {
    const found = batches(from);
    const isIterable = typeof found === 'object' && found !== null && (Symbol.asyncIterator in found || Symbol.iterator in found);
    if (!isIterable) throw notIterable(caller, found);
    for await (const tokens of found) yield asBatch(caller, tokens, own);
  };
}

const notIterable = (caller: string, found: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'batches must give an iterable of batches.',
    expected: '(position) => segments(documents, { segmentLength, position })',
    got: show(found),
    remedy: 'for a function that gives the one batch of a position, use dataAt.',
  });
