import { widthAt } from '../aligned-text.ts';
import type { Model } from './model.ts';
import { sortedPieces } from './sorted-pieces.ts';

/** How many pieces stand for unknown, control and user symbols, which no text has. */
const reserved = 6;

/**
 * Universal Sentence Encoder lite's: scores are added up, a character at which no piece begins is unknown and costs nothing, and of equal sums the
 * shorter last piece wins. A text is one word.
 * @source tokenizer/index.ts of @tensorflow-models/universal-sentence-encoder 1.3, whose lattice this is: places that no piece reaches count 0 there
 */
export function encoderLattice(pieces: readonly (readonly [piece: string, score: number])[]): Model {
  const found = sortedPieces(pieces.map(([piece], id) => (id < reserved ? '' : piece)));
  const ids = new Map(pieces.map(([piece], id) => [piece, id]));
  return {
    size: pieces.length,
    idOf: (token) => ids.get(token),
    tokenOf: (id) => pieces[id]?.[0],
    // Sums go on over a whole text: to cut it would add them up in another order.
    parts: () => false,
    tokenize: (word, emit) => {
      const tokens = tokensOf(word);
      for (let at = tokens.length - 3; at >= 0; at -= 3) emit(tokens[at] ?? 0, tokens[at + 1] ?? 0, tokens[at + 2] ?? 0);
    },
  };

  function tokensOf(word: string): readonly number[] {
    const { best, begins } = bestPath(word);
    const tokens: number[] = [];
    for (let end = word.length; end > 0; ) {
      const id = best[end] ?? 0;
      const begin = begins[end] ?? end - 1;
      const last = tokens.length - 3;
      // Unknown ones in a row are one.
      if (id === 0 && last >= 0 && tokens[last] === 0) tokens[last + 1] = begin;
      else tokens.push(id, begin, end);
      end = begin;
    }
    return tokens;
  }

  function bestPath(word: string): { readonly best: Int32Array; readonly begins: Int32Array } {
    const best = new Int32Array(word.length + 1);
    const begins = new Int32Array(word.length + 1);
    const sums = new Float64Array(word.length + 1);
    // What no piece ends at is taken for unknown by the way back: one character.
    for (let at = 0; at < word.length; ) {
      const end = at + widthAt(word, at);
      begins[end] = at;
      at = end;
    }
    for (let begin = 0; begin < word.length; begin += widthAt(word, begin)) {
      let isKnown = false;
      const offer = (id: number, score: number, end: number): void => {
        const sum = score + (sums[begin] ?? 0);
        if (sums[end] !== 0 && sum < (sums[end] ?? 0)) return;
        sums[end] = sum;
        best[end] = id;
        begins[end] = begin;
      };
      found.at(word, begin, (id, end) => {
        isKnown = true;
        offer(id, pieces[id]?.[1] ?? 0, end);
      });
      if (!isKnown) offer(0, 0, begin + widthAt(word, begin));
    }
    return { best, begins };
  }
}
