/** A word, a blank or a mark of the shown part of the text. */
export interface Segment {
  readonly text: string;
  /** Characters from the beginning of the shown part. */
  readonly start: number;
  /** Bytes of what is read: from here to before there; equal where it is not read. */
  readonly from: number;
  readonly to: number;
  /** Blanks cannot be chosen. */
  readonly isWord: boolean;
}

export interface Passage {
  readonly segments: readonly Segment[];
  /** The chosen one, among the segments. */
  readonly chosen: number;
  /** What the model reads: the bytes up to the end of the chosen word. */
  readonly bytes: Uint8Array;
}

/** Whether a byte is not the first of its character. */
const isRest = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/**
 * Cuts the shown part of a text into words, and what the model reads out of it: so many bytes at most, whole characters, that end with a
 * word.
 * @param at characters from the beginning: the word that ends there, or in which that is, is the chosen one
 */
export function passageOf(shown: string, at: number, context: number, language: string | undefined): Passage | undefined {
  const pieces: { readonly text: string; readonly start: number }[] = [];
  for (const { segment, index } of new Intl.Segmenter(language, { granularity: 'word' }).segment(shown)) {
    pieces.push({ text: segment, start: index });
  }
  const isWord = ({ text }: { readonly text: string }): boolean => text.trim() !== '';
  let chosen = pieces.findLastIndex((piece) => piece.start < at && isWord(piece));
  if (chosen < 0) chosen = pieces.findIndex(isWord);
  const last = pieces[chosen];
  if (last === undefined) return undefined;
  const encoder = new TextEncoder();
  const whole = encoder.encode(shown.slice(0, last.start + last.text.length));
  let cut = Math.max(0, whole.length - context);
  while (isRest(whole[cut])) cut++;
  let byte = -cut;
  const segments = pieces.map((piece): Segment => {
    const from = byte;
    byte += encoder.encode(piece.text).length;
    const end = whole.length - cut;
    return { ...piece, from: Math.min(end, Math.max(0, from)), to: Math.min(end, Math.max(0, byte)), isWord: isWord(piece) };
  });
  return { segments, chosen, bytes: whole.slice(cut) };
}
