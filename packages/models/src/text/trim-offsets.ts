import { widthAt } from './aligned-text.ts';
import type { Model } from './model/model.ts';

/** Takes the blanks at the ends of a token out of its range. */
export interface Trim {
  readonly hasPrefix: boolean;
}

/** How many blanks stand at the ends of a token's text. */
interface Blanks {
  readonly leading: number;
  readonly trailing: number;
}

/** A piece of the text, and where it begins. */
export interface Around {
  readonly text: string;
  readonly origin: number;
}

export type Trimmed = (
  blanks: Blanks,
  isFirst: boolean,
  range: readonly [start: number, end: number],
  around: Around,
) => readonly [number, number];

/**
 * A blank that was put before the text by the pre-tokenizer is not the user's, and so is not counted where a text begins; of several none was.
 * @source `process_offsets` of Hugging Face tokenizers 0.22
 */
export const trimmed =
  ({ hasPrefix }: Trim): Trimmed =>
  ({ leading, trailing }, isFirst, [start, end], around) => {
    const own = leading === 1 && hasPrefix && (isFirst || start === 0) ? 0 : leading;
    const from = Math.min(after(around, start, own), end);
    return [from, trailing > 0 ? Math.max(before(around, end, trailing), from) : end];
  };

/** So many characters on. */
function after({ text, origin }: Around, place: number, count: number): number {
  let at = place;
  for (let each = 0; each < count; each += 1) at += widthAt(text, at - origin);
  return at;
}

/** So many characters back. */
function before({ text, origin }: Around, place: number, count: number): number {
  let at = place;
  for (let each = 0; each < count && at > origin; each += 1) at -= at - 2 >= origin && widthAt(text, at - 2 - origin) === 2 ? 2 : 1;
  return at;
}

export function blanksOf(token: string): Blanks {
  const leading = /^[Ġ\p{White_Space}]*/u.exec(token)?.[0].length ?? 0;
  let trailing = 0;
  while (trailing < token.length && /[Ġ\p{White_Space}]/u.test(token.charAt(token.length - 1 - trailing))) trailing += 1;
  return { leading, trailing };
}

/** The blanks of the model's tokens by their ids. */
export function blanksById(model: Model): (id: number) => Blanks {
  const known = new Map<number, Blanks>();
  return (id) => {
    let blanks = known.get(id);
    if (blanks === undefined) {
      blanks = blanksOf(model.tokenOf(id) ?? '');
      known.set(id, blanks);
    }
    return blanks;
  };
}
