import {
  ConfigError,
  isRecord,
  isStamped,
  requireInteger,
  requireIntegers,
  requireKind,
  requireKnown,
  show,
  stamped,
  typeName,
} from '@longspan/core-tensor/error';
import { type HeadingRule, isHeading } from './headings.ts';
import { knownParagraphs } from './known-paragraphs.ts';
import { textParagraphs } from './paragraphs.ts';
import { segmentEnds } from './pieces.ts';

/** The units of one level of a text, in order. They cover it without gaps. */
export interface TextUnits {
  /** Int32 [count + 1]: unit u is text.slice(offsets[u], offsets[u + 1]), in UTF-16 code units. */
  readonly offsets: Int32Array;
  readonly count: number;
}

/** A text cut into words, sentences, paragraphs and sections, each of them made of whole units of the level before. */
export interface TextSegments {
  readonly text: string;
  readonly words: TextUnits;
  readonly sentences: TextUnits;
  readonly paragraphs: TextUnits;
  readonly sections: TextUnits;
  /** Uint8 [paragraphs]: 1 where the paragraph is a heading. */
  readonly headings: Uint8Array;
}

export interface SegmentTextOptions {
  /** Language of the text, as Intl takes it ('en', 'de-CH', 'ja'); that of the machine by default. */
  readonly locale?: string | undefined;
  /** Says of a paragraph, without the white space around it, whether it is a heading; the rules of `isHeading` by default. */
  readonly heading?: HeadingRule | undefined;
  /**
   * The segments of the text before an edit, cut with the same locale: paragraphs that it has too are taken over from it, and only the
   * others are cut. The result is the same.
   */
  readonly previous?: TextSegments | undefined;
  /** Is told after each sentence how many code units of the text are cut: a book takes seconds. */
  readonly progress?: ((cut: number) => void) | undefined;
}

const caller = 'segmentText';

/**
 * Cuts a text into words, sentences, paragraphs and sections, with the offsets of each. Words and sentences are those of
 * Intl.Segmenter in that language; paragraphs end at blank lines and around headings; a section begins with a heading, or several
 * in a row. White space belongs to the unit before it, or to the first one; where Intl.Segmenter ends a sentence at a line end, what indents the
 * next line belongs to the next sentence. A punctuation mark is a word of its own. Where a dictionary tells the words (kana, Thai, Khmer,
 * Lao, Myanmar) and a thousand characters come without a break, as of marks or joiners, those beside it may be others.
 * @returns levels whose units cover the text exactly; an empty text has one empty unit on each level
 * @throws ConfigError when the runtime has no Intl.Segmenter, or it does not know the locale
 * @cost O(characters) on the host, in Intl.Segmenter for the most part
 * @source Unicode Standard Annex 29 (words, sentences)
 * @example
 * const { text, words, sentences, sections } = segmentText('# One\n\nIt rains. I wait!', { locale: 'en' });
 * [words.count, sentences.count, sections.count]; // => [8, 3, 1]
 * unitTexts({ text }, sentences); // => ['# One\n\n', 'It rains. ', 'I wait!']
 */
export function segmentText(text: string, options: SegmentTextOptions = {}): TextSegments {
  requireKind(caller, 'text', text, 'text');
  requireKnown(caller, options, { locale: 'text', heading: 'function', previous: 'record', progress: 'function' });
  const { locale, heading = isHeading, previous, progress } = options;
  if (previous !== undefined) requireSegments(caller, previous);
  const [words, sentences] = [segmenter(locale, 'word'), segmenter(locale, 'sentence')];
  const known = previous === undefined ? undefined : knownParagraphs(previous);
  const paragraphs = textParagraphs(text, heading);
  const found = { words: [0], sentences: [0], paragraphs: [0], sections: [0] };
  paragraphs.forEach(({ end, isHeading: heads }, at) => {
    const start = paragraphs[at - 1]?.end ?? 0;
    const kept = known?.(text.slice(start, end));
    if (kept === undefined) {
      // Within the paragraph, and words within the sentence: no unit crosses one of the level above.
      for (const sentence of unitEnds(text, { start, end }, sentences)) {
        for (const word of unitEnds(text, { start: found.sentences.at(-1) as number, end: sentence }, words)) found.words.push(word);
        found.sentences.push(sentence);
        progress?.(sentence);
      }
    } else {
      for (const word of kept.words) found.words.push(start + word);
      for (const sentence of kept.sentences) found.sentences.push(start + sentence);
      progress?.(end);
    }
    found.paragraphs.push(end);
    const next = paragraphs[at + 1];
    if (next === undefined || (next.isHeading && !heads)) found.sections.push(end);
  });
  return stamped({
    text,
    words: unitsAt(found.words),
    sentences: unitsAt(found.sentences),
    paragraphs: unitsAt(found.paragraphs),
    sections: unitsAt(found.sections),
    headings: Uint8Array.from(paragraphs, ({ isHeading: heads }) => (heads ? 1 : 0)),
  });
}

/**
 * The texts of the units of a level.
 * @example
 * unitTexts({ text: 'Ah! Oh!' }, { offsets: new Int32Array([0, 4, 7]), count: 2 }); // => ['Ah! ', 'Oh!']
 */
export function unitTexts(of: { readonly text: string }, units: TextUnits): readonly string[] {
  requireKind('unitTexts', 'of', of, 'record');
  requireKind('unitTexts', 'text', of.text, 'text');
  requireKind('unitTexts', 'units', units, 'record');
  const { offsets, count } = units;
  requireInteger('unitTexts', { 'units.count': count }, 0);
  requireIntegers('unitTexts', 'units.offsets', offsets, 0);
  return Array.from({ length: count }, (_, unit) => of.text.slice(offsets[unit], offsets[unit + 1]));
}

/** Whether they cover the text without gaps: segments that came from a worker, say, are copies. */
function areUnitsOf(text: string, units: TextUnits): boolean {
  if (!isRecord(units) || typeName(units.offsets) !== 'Int32Array') return false;
  const { offsets, count } = units;
  const isAscending = offsets[0] === 0 && offsets.every((offset, at) => at === 0 || offset >= (offsets[at - 1] as number));
  return isAscending && count === offsets.length - 1 && offsets[count] === text.length;
}

/** Throws unless it is what segmentText gave. */
export function requireSegments(by: string, segments: TextSegments): void {
  const levels = ['words', 'sentences', 'paragraphs', 'sections'] as const;
  if (isStamped(segments) && levels.every((level) => level in segments)) return;
  if (isRecord(segments) && typeof segments.text === 'string' && levels.every((level) => areUnitsOf(segments.text, segments[level])))
    return;
  throw new ConfigError({
    caller: by,
    problem: 'segments must be those of a text.',
    expected: 'what segmentText gives',
    got: show(segments),
    remedy: typeof segments === 'string' ? 'give segmentText(text).' : 'give segmentText(text), as it is.',
  });
}

const unitsAt = (offsets: readonly number[]): TextUnits => stamped({ offsets: Int32Array.from(offsets), count: offsets.length - 1 });

/** Where the units of a part of a text end: segments, with the white space that follows each of them. */
function unitEnds(text: string, part: { readonly start: number; readonly end: number }, by: Intl.Segmenter): readonly number[] {
  const ends: number[] = [];
  let isLeading = true; // white space at the start belongs to the first unit
  let from = part.start;
  for (const end of segmentEnds(text, part, by)) {
    const isBlank = text.slice(from, end).trim() === '';
    if (!isBlank && !isLeading) ends.push(from);
    isLeading &&= isBlank;
    from = end;
  }
  ends.push(part.end);
  return ends;
}

function segmenter(locale: string | undefined, granularity: 'word' | 'sentence'): Intl.Segmenter {
  if (typeof Intl.Segmenter !== 'function') {
    throw new ConfigError({
      caller,
      problem: 'the runtime must have Intl.Segmenter.',
      expected: 'Intl.Segmenter (Node 16, Chrome 87, Safari 14.1, Firefox 125, or later)',
      got: 'no Intl.Segmenter',
      remedy: 'run on a newer engine, or give boundaries of your own to levelsOf.',
    });
  }
  try {
    return new Intl.Segmenter(locale, { granularity });
  } catch {
    throw new ConfigError({
      caller,
      problem: 'locale must be a language tag.',
      expected: "a BCP 47 tag, as 'en' or 'zh-Hant'",
      got: show(locale),
      remedy: 'correct or omit it.',
    });
  }
}
