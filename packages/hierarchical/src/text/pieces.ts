/** Half-open, in UTF-16 code units. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** How much text the segmenter is given at a time, where its units are not longer. */
const usualLength = 1024;

/** Text that follows a boundary and that the segmenter may have to look at before it knows the boundary: a few words of Thai. */
const lookAhead = 128;

/** Which characters of the text after a boundary settle it, and how many of them there must be. */
interface Deciding {
  readonly character: RegExp;
  readonly count: number;
}

/**
 * The rules for words look at two characters and skip what belongs to the one before: marks, modifiers of emoji, formats. The zero width
 * space is a format by its category and none by these rules.
 */
const ofWords: Deciding = { character: /[^\p{M}\p{Cf}\p{Emoji_Modifier}\uff9e\uff9f]|\u200b/gu, count: 2 };
/** Characters at which the search for a small letter after an ambiguous full stop ends (rule SB8). */
const ofSentences: Deciding = { character: /[\p{L}\p{Sentence_Terminal}\n\r\u0085\u2028\u2029]/gu, count: 1 };

/**
 * Where the segments of a part of a text end, one after the other: the same as of the segmenter over the whole part. The engines of
 * before 2024 (Node 20 among them) copy all of the segmenter's text for each segment, so it gets the text in pieces, each beginning at
 * a boundary, for no rule looks back beyond one; and near the end of a piece nothing is believed that later text could change. Only
 * where a dictionary tells the words (kana, Thai) and a thousand characters come without a break may it choose other words, as segmentText says.
 * @cost O(characters)
 */
export function* segmentEnds(text: string, { start, end }: Span, by: Intl.Segmenter): Generator<number> {
  const deciding = by.resolvedOptions().granularity === 'word' ? ofWords : ofSentences;
  let from = start;
  let length = usualLength;
  while (from < end) {
    const to = Math.min(from + length, end);
    const known = to === end ? end : knownTo(text, { start: from, end: to }, deciding);
    const before = from;
    if (known > from) {
      for (const { index, segment } of by.segment(text.slice(from, to))) {
        const segmentEnd = before + index + segment.length;
        if (segmentEnd > known) break;
        yield segmentEnd;
        from = segmentEnd;
        if (length > usualLength) break; // a long piece costs much for each segment, and was made for the first alone
      }
    }
    length = from === before ? 2 * length : usualLength;
  }
}

/** Up to where no text after a piece changes a boundary: its start where all of it is open. */
function knownTo(text: string, { start, end }: Span, { character, count }: Deciding): number {
  const near = end - lookAhead;
  if ([...text.slice(near, end).matchAll(character)].length >= count) return near;
  const all = [...text.slice(start, end).matchAll(character)];
  const last = all.at(-count);
  return last === undefined ? start : Math.min(near, start + last.index);
}
