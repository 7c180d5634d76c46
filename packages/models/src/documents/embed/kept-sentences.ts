import type { TextWindow } from '../window/windows.ts';
import type { DocumentTokens } from './tokenize.ts';

/** What was read of a document. */
export interface ReadTokens {
  readonly tokens: DocumentTokens;
  readonly windows: readonly TextWindow[];
}

/**
 * Which sentences of an edited document have the vectors that they had: those whose tokens were read in windows of the same tokens.
 * @returns for each sentence its number in the document before; −1 where it must be read, −2 where it has no token to be read
 * @cost O(tokens)
 */
export function keptSentences(now: ReadTokens, before: ReadTokens | undefined): Int32Array {
  const { sentences } = now.tokens;
  const kept = new Int32Array(sentences.length - 1).fill(-1);
  kept.forEach((_, sentence) => {
    if (sentences[sentence] === sentences[sentence + 1]) kept[sentence] = -2;
  });
  if (before === undefined) return kept;
  const same = sameEnds(now.tokens.ids, before.tokens.ids);
  const shift = before.tokens.ids.length - now.tokens.ids.length;
  const shiftOf = (start: number, end: number): number | undefined => {
    if (end <= same.prefix) return 0;
    return start >= now.tokens.ids.length - same.suffix ? shift : undefined;
  };
  const isSame = windowsKept(now.windows, before.windows, shiftOf);
  const places = new Map<number, number>();
  for (let at = 0; at + 1 < before.tokens.sentences.length; at++) {
    const first = before.tokens.sentences[at] as number;
    if (first < (before.tokens.sentences[at + 1] as number)) places.set(first, at);
  }
  let window = 0;
  for (let sentence = 0; sentence < kept.length; sentence++) {
    const [first, end] = [sentences[sentence] as number, sentences[sentence + 1] as number];
    if (first === end) continue;
    while ((now.windows[window] as TextWindow).own.end <= first) window++;
    const by = shiftOf(first, end);
    const old = by === undefined ? undefined : places.get(first + by);
    if (old === undefined || before.tokens.sentences[old + 1] !== end + (by as number)) continue;
    let isKept = true;
    for (let at = window; isKept && at < now.windows.length && (now.windows[at] as TextWindow).own.start < end; at++)
      isKept = isSame[at] === by;
    if (isKept) kept[sentence] = old;
  }
  return kept;
}

/** For each window by how many tokens it stood elsewhere before, if it was one of the same tokens. */
function windowsKept(
  now: readonly TextWindow[],
  before: readonly TextWindow[],
  shiftOf: (start: number, end: number) => number | undefined,
): readonly (number | undefined)[] {
  const old = new Map(before.map((window) => [window.tokens.start, window]));
  return now.map(({ tokens, own }) => {
    const shift = shiftOf(tokens.start, tokens.end);
    const found = shift === undefined ? undefined : old.get(tokens.start + shift);
    if (found === undefined || shift === undefined) return undefined;
    const same = found.tokens.end === tokens.end + shift && found.own.start === own.start + shift && found.own.end === own.end + shift;
    return same ? shift : undefined;
  });
}

/** How many numbers two lists have in common at their beginnings, and of the rest at their ends. */
function sameEnds(a: Int32Array, b: Int32Array): { readonly prefix: number; readonly suffix: number } {
  const most = Math.min(a.length, b.length);
  let prefix = 0;
  while (prefix < most && a[prefix] === b[prefix]) prefix++;
  let suffix = 0;
  while (suffix < most - prefix && a[a.length - 1 - suffix] === b[b.length - 1 - suffix]) suffix++;
  return { prefix, suffix };
}
