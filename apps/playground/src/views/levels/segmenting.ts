import { segmentText, type TextSegments } from '@longspan/hierarchical';

/** What the page has to know of a text to draw any part of it. */
export interface Cut {
  /** Where the units of each level end, in characters: [units + 1]. */
  readonly word: Int32Array;
  readonly sentence: Int32Array;
  readonly paragraph: Int32Array;
  readonly section: Int32Array;
  /** [paragraphs]: 1 where it is a heading. */
  readonly headings: Uint8Array;
  /** Rows that are drawn one by one: the words that each begins with, [rows + 1]. A paragraph has one, a long one several. */
  readonly rows: Int32Array;
  readonly milliseconds: number;
}

/** Characters of a row, at the most, but for a word that has more. */
const longestRow = 1200;

/** @param tell is told, a few times a second, how many characters are cut */
export function cutText(
  text: string,
  language: string | undefined,
  tell?: (characters: number) => void,
): { readonly segments: TextSegments; readonly cut: Cut } {
  const begin = performance.now();
  const segments = segmentText(text, {
    ...(language === undefined ? {} : { locale: language }),
    ...(tell === undefined ? {} : { progress: atMostEvery(80, tell) }),
  });
  const { words, sentences, paragraphs, sections, headings } = segments;
  const cut = {
    word: words.offsets.slice(),
    sentence: sentences.offsets.slice(),
    paragraph: paragraphs.offsets.slice(),
    section: sections.offsets.slice(),
    headings: headings.slice(),
    rows: rowsOf(words.offsets, sentences.offsets, paragraphs.offsets),
    milliseconds: performance.now() - begin,
  };
  return { segments, cut };
}

/** Calls on at most every so many ms. */
function atMostEvery(pause: number, tell: (characters: number) => void): (characters: number) => void {
  let last = performance.now();
  return (characters) => {
    const now = performance.now();
    if (now - last < pause) return;
    last = now;
    tell(characters);
  };
}

/** Rows end where paragraphs do; within long ones where a sentence does, or a word. */
export function rowsOf(words: Int32Array, sentences: Int32Array, paragraphs: Int32Array): Int32Array {
  const rows = [0];
  let [sentence, paragraph] = [1, 1];
  let from = 0;
  let lastSentence = 0;
  const close = (word: number): void => {
    rows.push(word);
    from = word;
    lastSentence = word;
  };
  for (let word = 1; word < words.length; word++) {
    const end = words[word] as number;
    if (end - (words[from] as number) > longestRow && word - 1 > from) close(lastSentence > from ? lastSentence : word - 1);
    while (sentence < sentences.length && (sentences[sentence] as number) <= end) {
      if (sentences[sentence] === end) lastSentence = word;
      sentence++;
    }
    while (paragraph < paragraphs.length && (paragraphs[paragraph] as number) <= end) {
      if (paragraphs[paragraph] === end && word > from) close(word);
      paragraph++;
    }
  }
  if (from < words.length - 1) rows.push(words.length - 1);
  return Int32Array.from(rows);
}
