/** The part of a text that is shown: what may be read before the place, whole steps of it so that it stands still while one clicks, and some text after. */
export interface ShownPart {
  readonly from: number;
  readonly to: number;
}

const step = 1024;
const after = 600;

/** The place that was chosen; without one the last letter of a short text, else one as far into it as the model may read. */
export function placeIn(text: string, at: number): number {
  if (at > 0) return Math.min(text.length, at);
  // The beginning of a book is often a list of its chapters.
  const from = text.length > long ? Math.floor(text.length * passedOver) : 0;
  const begin = text.slice(from, from + longest);
  return from + begin.length - (/[^\p{L}]*$/u.exec(begin)?.[0].length ?? 0);
}

const longest = 4096;
const long = 100_000;
const passedOver = 0.03;

export function shownPart(text: string, at: number, context: number): ShownPart {
  const from = Math.max(0, Math.floor((at - context) / step) * step);
  const to = Math.min(text.length, Math.ceil((at + after) / step) * step);
  return { from: atCharacter(text, from), to: atCharacter(text, to) };
}

/** Not between the two halves of a character. */
const atCharacter = (text: string, at: number): number => (/[\uDC00-\uDFFF]/.test(text[at] ?? '') ? at - 1 : at);
