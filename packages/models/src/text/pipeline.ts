import { type AddedToken, type Splitter, splitterOf } from './added-tokens.ts';
import { type AlignedText, alignedText, endBefore, sliced, startOf } from './aligned-text.ts';
import type { Model } from './model/model.ts';
import type { Normalizer } from './normalizer/normalizer.ts';
import type { Place } from './place.ts';
import type { Pieces, PreTokenizer } from './pre-tokenizer/pieces.ts';

/** From a text to its tokens, step by step; what the model's own tokens are surrounded by comes after. */
export interface Steps {
  readonly added: readonly AddedToken[];
  readonly normalizers: readonly Normalizer[];
  readonly preTokenizers: readonly PreTokenizer[];
  readonly model: Model;
}

/** A word as the model gets it, or an added token as it was matched. */
export type Word =
  | { readonly kind: 'words'; readonly pieces: Pieces }
  | { readonly kind: 'added'; readonly token: AddedToken; readonly matched: string; readonly start: number; readonly end: number };

export interface Pipeline {
  /** Everything before the model. */
  words(text: string, origin: number, place: Place): readonly Word[];
  readonly model: Model;
  readonly added: readonly AddedToken[];
}

/** The order is that of the reference: added tokens of the raw text, the normaliser, added tokens of the normalised text, then words. */
export function pipelineOf({ added, normalizers, preTokenizers, model }: Steps): Pipeline {
  const { raw, normalized } = splitterOf(added, normalizers);
  return {
    model,
    added,
    words: (text, origin, place) => {
      const found: Word[] = [];
      inSections(raw, alignedText(text, origin), place, found, (section, at) => {
        const made = normalizers.reduce((old, step) => step(old, at), section);
        inSections(normalized, made, at, found, (part, within) => {
          if (part.text === '') return;
          const pieces: Pieces = { text: part, bounds: [0, part.text.length] };
          found.push({ kind: 'words', pieces: preTokenizers.reduce((old, step) => step(old, within), pieces) });
        });
      });
      return found;
    },
  };
}

/** Visits what stands between added tokens, and puts them where they stand. */
function inSections(
  split: Splitter,
  text: AlignedText,
  place: Place,
  found: Word[],
  visit: (section: AlignedText, place: Place) => void,
): void {
  for (const { begin, end, token } of split(text.text)) {
    if (token === undefined) {
      const isWhole = begin === 0 && end === text.text.length;
      visit(isWhole ? text : sliced(text, begin, end), {
        isStart: begin > 0 || place.isStart,
        isEnd: end < text.text.length || place.isEnd,
      });
    } else {
      found.push({ kind: 'added', token, matched: text.text.slice(begin, end), start: startOf(text, begin), end: endBefore(text, end) });
    }
  }
}
