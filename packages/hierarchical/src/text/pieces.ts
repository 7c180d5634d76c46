/** Half-open, in UTF-16 code units. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** How much text the segmenter is given at a time, where its units are not longer. */
const usualLength = 1024;

/** Text that follows a boundary and that the segmenter may have to look at before it knows the boundary: a few words of Thai. */
const lookAhead = 128;

/** Two characters that the rules for words do not skip. */
const decidesWord = /[^\p{M}\p{Cf}\p{Sk}][\p{M}\p{Cf}\p{Sk}]*[^\p{M}\p{Cf}\p{Sk}]/u;
/** Characters at which the search for a small letter after an ambiguous full stop ends (rule SB8). */
const decidesSentence = /[\p{L}\p{Sentence_Terminal}\n\r\u0085\u2028\u2029]/u;

/**
 * Where the segments of a part of a text end, one after the other: the same as of the segmenter over the whole part. The engines of
 * before 2024 (Node 20 among them) copy all of the segmenter's text for each segment, so it gets the text in pieces, each beginning at
 * a boundary, for no rule looks back beyond one; and near the end of a piece nothing is believed that later text could change. Only
 * where a dictionary tells the words (kana, Thai) and a thousand characters come without a break may it choose other words.
 * @cost O(characters)
 */
export function* segmentEnds(text: string, { start, end }: Span, by: Intl.Segmenter): Generator<number> {
  const decides = by.resolvedOptions().granularity === 'word' ? decidesWord : decidesSentence;
  let from = start;
  let length = usualLength;
  while (from < end) {
    const to = Math.min(from + length, end);
    const known = to === end ? end : to - lookAhead;
    const isDecided = to === end || decides.test(text.slice(known, to));
    const before = from;
    if (isDecided) {
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
