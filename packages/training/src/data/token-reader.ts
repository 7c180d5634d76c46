import { ConfigError, isList, show } from '@longspan/core-tensor/error';
import { requireTokens } from './require-tokens.ts';

/** The tokens of a document, whole or in pieces. */
export type TokenSource = ArrayLike<number> | Iterable<ArrayLike<number>> | AsyncIterable<ArrayLike<number>>;

/** Reads a document from its beginning, in pieces of the reader's choice. */
export interface TokenReader {
  /** The next tokens, that many; fewer at the end. */
  take(count: number): Promise<Int32Array>;
  /** Lets go of the source before its end. */
  close(): Promise<void>;
}

/** Throws unless it can be read: before the first document is. */
export function requireTokenSource(caller: string, source: TokenSource): void {
  const isIterable = typeof source === 'object' && source !== null && (Symbol.asyncIterator in source || Symbol.iterator in source);
  if (isIterable) return;
  throw new ConfigError({
    caller,
    problem: 'every document must be a list of tokens, or give pieces of one.',
    expected: 'integers in an array or a typed array, or an iterable of those',
    got: show(source),
    remedy: 'give byteTokens(text), or wordTokens(text, vocabulary).',
  });
}

export function tokenReader(caller: string, source: TokenSource): TokenReader {
  const pieces = piecesOf(caller, source);
  let piece: readonly number[] = [];
  let at = 0;
  return {
    async take(count) {
      const taken = new Int32Array(count);
      let filled = 0;
      while (filled < count) {
        if (at === piece.length) {
          const next = await pieces.next();
          if (next.done === true) break;
          piece = requireTokens(caller, 'the tokens of a document', next.value);
          at = 0;
          continue;
        }
        const many = Math.min(count - filled, piece.length - at);
        taken.set(piece.slice(at, at + many), filled);
        filled += many;
        at += many;
      }
      return taken.subarray(0, filled);
    },
    async close() {
      await pieces.return(undefined);
    },
  };
}

async function* piecesOf(caller: string, source: TokenSource): AsyncGenerator<ArrayLike<number>> {
  if (isList(source) && (source.length === 0 || typeof source[0] === 'number')) {
    yield source as ArrayLike<number>;
    return;
  }
  requireTokenSource(caller, source);
  for await (const piece of source as AsyncIterable<ArrayLike<number>>) yield piece;
}
