import { ConfigError, requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { requireTokens, type TextTokens } from '../source/text-tokenizer.ts';

/** Half-open. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A part of a document that is read at once. */
export interface TextWindow extends Range {
  /** Its tokens; `start` and `end` are their place in the text, in UTF-16 code units. */
  readonly tokens: Range;
  /** The tokens that have more context on their poorer side here than in any other window. Those of all windows are each token once. */
  readonly own: Range;
}

export interface WindowOptions {
  /** Tokens of a window; special tokens come on top. */
  readonly length: number;
  /** Tokens that a window has in common with the next one; 0 by default. */
  readonly overlap?: number | undefined;
}

/**
 * Cuts the tokens of a document into windows, one every `length − overlap` tokens; the last one has what is left. A document of `length`
 * tokens or fewer is one window, one without tokens none.
 * @throws ConfigError when overlap is not below length
 * @cost O(windows)
 * @source `stride` of the fast tokenizers of Hugging Face; the places are theirs
 * @example
 * const document = { ids: Int32Array.of(7, 8, 9, 7, 8), offsets: Uint32Array.of(0, 2, 2, 3, 4, 6, 6, 7, 8, 9) };
 * windows(document, { length: 3, overlap: 1 }).map(({ start, end, own }) => [start, end, own.end]); // => [[0, 6, 3], [4, 9, 5]]
 */
export function windows(document: TextTokens, options: WindowOptions): readonly TextWindow[] {
  const caller = 'windows';
  requireKind(caller, 'document', document, 'record');
  requireTokens(caller, document, Number.POSITIVE_INFINITY);
  requireKnown(caller, options, { length: true, overlap: true });
  const { length, overlap = 0 } = options;
  requireInteger(caller, { length }, 1);
  requireOverlap(caller, { length, overlap });
  const count = document.ids.length;
  const starts: number[] = count === 0 ? [] : [0];
  while (starts.length > 0 && (starts.at(-1) as number) + length < count) starts.push((starts.at(-1) as number) + length - overlap);
  return windowsAt(
    document,
    starts.map((start) => ({ start, end: Math.min(start + length, count) })),
  );
}

/** Throws unless windows of that length move on. */
export function requireOverlap(caller: string, { length, overlap }: { readonly length: number; readonly overlap: number }): void {
  requireInteger(caller, { overlap }, 0);
  if (overlap < length) return;
  throw new ConfigError({
    caller,
    problem: 'overlap must be below length.',
    expected: `an integer from 0 to ${length - 1}`,
    got: `${overlap}`,
    remedy: 'a quarter of the length gives most tokens their context.',
  });
}

/**
 * Windows over ranges of tokens that cover all of them, in order. Of two windows that overlap the first owns the first half of what they
 * share: there a token has more context on its poorer side in it than in the other, and in the second half the other way round. The
 * document's ends cut off nothing.
 */
export function windowsAt({ offsets }: Pick<TextTokens, 'offsets'>, ranges: readonly Range[]): readonly TextWindow[] {
  let from = 0;
  return ranges.map((tokens, at) => {
    const next = ranges[at + 1];
    const own = { start: from, end: next === undefined ? tokens.end : Math.ceil((next.start + tokens.end) / 2) };
    from = own.end;
    return { start: offsets[2 * tokens.start] as number, end: endOf(offsets, tokens), tokens, own };
  });
}

/** Where the last token ends; tokens of one character may end where an earlier one does. */
function endOf(offsets: Uint32Array, { start, end }: Range): number {
  let last = 0;
  for (let token = Math.max(start, end - 4); token < end; token++) last = Math.max(last, offsets[2 * token + 1] as number);
  return last;
}
