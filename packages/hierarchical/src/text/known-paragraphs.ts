/** Where the units of a text end, in UTF-16 code units. */
interface Units {
  readonly offsets: Int32Array;
  readonly count: number;
}

/** A text that was cut before. */
interface Cut {
  readonly text: string;
  readonly words: Units;
  readonly sentences: Units;
  readonly paragraphs: Units;
}

/** Where the units of a paragraph end, counted from its start. */
interface ParagraphUnits {
  readonly words: Int32Array;
  readonly sentences: Int32Array;
}

/**
 * The units of the paragraphs of a text by what is written there: they follow from it alone.
 * @cost O(characters) once; O(units) for a paragraph that is asked for
 */
export function knownParagraphs({ text, words, sentences, paragraphs }: Cut): (paragraph: string) => ParagraphUnits | undefined {
  const places = new Map<string, number>();
  for (let at = 0; at < paragraphs.count; at++) {
    const start = paragraphs.offsets[at] as number;
    const paragraph = text.slice(start, paragraphs.offsets[at + 1]);
    if (paragraph !== '') places.set(paragraph, start); // an empty text has an empty unit on each level
  }
  return (paragraph) => {
    const start = places.get(paragraph);
    if (start === undefined) return undefined;
    const within = ({ offsets }: Units): Int32Array => {
      const first = firstAbove(offsets, start);
      return offsets.subarray(first, firstAbove(offsets, start + paragraph.length, first)).map((offset) => offset - start);
    };
    return { words: within(words), sentences: within(sentences) };
  };
}

/** The first of ascending offsets that is above a place. */
function firstAbove(offsets: Int32Array, place: number, from = 0): number {
  let [low, high] = [from, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) > place) high = middle;
    else low = middle + 1;
  }
  return low;
}
