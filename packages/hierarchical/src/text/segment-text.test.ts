import { ConfigError } from '@longspan/core-tensor/error';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHeading } from './headings.ts';
import { textParagraphs } from './paragraphs.ts';
import { segmentText, type TextSegments, unitTexts } from './segment-text.ts';

const levels = ['words', 'sentences', 'paragraphs', 'sections'] as const;

/** Each level covers the text from end to end, and its ends are ends of the level below. */
function expectCover(segments: TextSegments): void {
  for (const [at, level] of levels.entries()) {
    const { offsets, count } = segments[level];
    expect(offsets).toHaveLength(count + 1);
    expect(offsets[0]).toBe(0);
    expect(offsets[count]).toBe(segments.text.length);
    expect(unitTexts(segments, segments[level]).join('')).toBe(segments.text);
    for (let unit = 1; unit <= count; unit++) {
      if (segments.text !== '') expect(offsets[unit]).toBeGreaterThan(offsets[unit - 1] as number);
    }
    const below = levels[at - 1];
    if (below !== undefined) {
      const ends = new Set(segments[below].offsets);
      expect(Array.from(offsets).filter((offset) => !ends.has(offset))).toEqual([]);
    }
  }
  expect(segments.headings).toHaveLength(segments.paragraphs.count);
}

const anyPiece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '\n',
    '\n\n',
    ' ',
    '\r\n\r\n',
    '\t',
    '\u2029',
    '# A',
    'CHAPTER I.',
    '. ',
    '! ',
    '。',
    '\n===\n',
    '\ud800',
    '\udc00',
    'नमस्ते ',
    'สวัสดี',
    '你好世界',
    'שלום. ',
    'e\u0301',
  ),
);

it('every level covers any text exactly, and is made of whole units of the level below, in any language', () => {
  fc.assert(
    fc.property(
      fc.array(anyPiece, { maxLength: 12 }),
      fc.constantFrom('en', 'de', 'ja', 'zh', 'th', 'hi', 'ar', 'he', 'ru'),
      (pieces, locale) => {
        expectCover(segmentText(pieces.join(''), { locale }));
      },
    ),
    { numRuns: 500 },
  );
});

describe('segmentText', () => {
  it('tells its progress: the end of each sentence, one after the other', () => {
    const told: number[] = [];
    const { sentences, text } = segmentText('It rains. I wait!\n\nThen it stops.', { locale: 'en', progress: (cut) => told.push(cut) });
    expect(told).toEqual([...sentences.offsets.subarray(1)]);
    expect(told.at(-1)).toBe(text.length);
  });

  it('cuts an English text into words, sentences, paragraphs and sections', () => {
    const text =
      'CHAPTER 1. Loomings.\n\nCall me Ishmael. Some years ago—never mind.\nIt rained.\n\n\nSecond one!\n\nCHAPTER 2\n\nThe Carpet-Bag\n';
    const segments = segmentText(text, { locale: 'en' });
    expectCover(segments);
    expect(unitTexts(segments, segments.sections)).toEqual([text.slice(0, text.indexOf('CHAPTER 2')), 'CHAPTER 2\n\nThe Carpet-Bag\n']);
    expect(unitTexts(segments, segments.paragraphs)).toEqual([
      'CHAPTER 1. Loomings.\n\n',
      'Call me Ishmael. Some years ago—never mind.\nIt rained.\n\n\n',
      'Second one!\n\n',
      'CHAPTER 2\n\n',
      'The Carpet-Bag\n',
    ]);
    expect(Array.from(segments.headings)).toEqual([1, 0, 0, 1, 0]);
    expect(unitTexts(segments, segments.sentences).slice(2, 5)).toEqual([
      'Call me Ishmael. ',
      'Some years ago—never mind.\n',
      'It rained.\n\n\n',
    ]);
    expect(unitTexts(segments, segments.words).slice(-4)).toEqual(['The ', 'Carpet', '-', 'Bag\n']);
  });

  it.each([
    ['ja', '吾輩は猫である。名前はまだ無い。', ['吾輩は猫である。', '名前はまだ無い。']],
    ['zh', '你好。世界！', ['你好。', '世界！']],
    ['hi', 'यह एक वाक्य है। यह दूसरा है।', ['यह एक वाक्य है। ', 'यह दूसरा है।']],
    ['ar', 'هذا كتاب. هل تقرأ؟ نعم.', ['هذا كتاب. ', 'هل تقرأ؟ ', 'نعم.']],
    ['de', 'Es regnet. Ich warte!', ['Es regnet. ', 'Ich warte!']],
  ])('knows where sentences end in %s', (locale, text, sentences) => {
    const segments = segmentText(text, { locale });
    expect(unitTexts(segments, segments.sentences)).toEqual(sentences);
  });

  it('knows the words of languages without spaces', () => {
    const thai = segmentText('สวัสดีครับ', { locale: 'th' });
    expect(unitTexts(thai, thai.words)).toEqual(['สวัสดี', 'ครับ']);
  });

  it('cuts around Markdown headings that have no blank lines around them', () => {
    const segments = segmentText('# One\ntext\n## Two\nmore', { locale: 'en' });
    expect(unitTexts(segments, segments.paragraphs)).toEqual(['# One\n', 'text\n', '## Two\n', 'more']);
    expect(unitTexts(segments, segments.sections)).toEqual(['# One\ntext\n', '## Two\nmore']);
  });

  it('takes a rule of its own for headings', () => {
    const segments = segmentText('a\n\n* b\n\nc\n\n* d\n\ne', { heading: (paragraph) => paragraph.startsWith('*') });
    expect(unitTexts(segments, segments.sections)).toEqual(['a\n\n', '* b\n\nc\n\n', '* d\n\ne']);
  });

  it('leaves white space at the start to the first unit, and an empty text one empty unit', () => {
    const segments = segmentText('\n\n  Hi there', { locale: 'en' });
    expect(unitTexts(segments, segments.words)).toEqual(['\n\n  Hi ', 'there']);
    expect(segments.paragraphs.count).toBe(1);
    expect(Array.from(segmentText('').words.offsets)).toEqual([0, 0]);
  });

  it('rejects a locale that is not a language tag', () => {
    expect(() => segmentText('a', { locale: 'no such' })).toThrow(
      new ConfigError({
        caller: 'segmentText',
        problem: 'locale must be a language tag.',
        expected: "a BCP 47 tag, as 'en' or 'zh-Hant'",
        got: '"no such"',
        remedy: 'correct or omit it.',
      }),
    );
  });
});

describe('isHeading', () => {
  it.each([
    '# A',
    '###### deep',
    'Title\n=====',
    'Chapter IV',
    'Kapitel 3: Der Wal',
    'Глава 2',
    '第三章 鲸鱼',
    '3.1 Results',
    'IV. The Whale',
    'THE WHITE WHALE',
  ])('%j is one', (paragraph) => expect(isHeading(paragraph)).toBe(true));
  it.each([
    'Call me Ishmael.',
    'CALL ME ISHMAEL!',
    '#hashtag',
    '3 ships sailed',
    'Chapter and verse',
    'I',
    'two\nlines',
    `${'LONG '.repeat(40)}`,
    '12.',
  ])('%j is not a heading', (paragraph) => expect(isHeading(paragraph)).toBe(false));
});

it.each<[string, (n: number) => string]>([
  ['headings before long white space', (n) => '# a\n'.repeat(n / 8) + ' '.repeat(n / 2)],
  ['headings before many line ends', (n) => '# a\n'.repeat(n / 8) + '\v'.repeat(n / 2)],
  ['headings after long white space', (n) => ' '.repeat(n / 2) + '\n# a'.repeat(n / 8)],
  ['paragraph separators alone', (n) => '\u2029'.repeat(n)],
])('%s are cut in time that grows with the text', (_, make) => {
  const text = make(400_000);
  const before = process.cpuUsage().user;
  expect(textParagraphs(text, isHeading).at(-1)?.end).toBe(text.length);
  expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(4); // seconds of this process; quadratic, it took 10 to 60
});

it('a line that ends with CR LF ends no paragraph, and two of them do, as with LF alone', () => {
  const paragraphsOf = (text: string): readonly string[] => {
    const segments = segmentText(text, { locale: 'en' });
    return unitTexts(segments, segments.paragraphs);
  };
  const text = 'One line\nand another of it.\n\nA second paragraph,\nin two lines.\n';
  const expected = ['One line\nand another of it.\n\n', 'A second paragraph,\nin two lines.\n'];
  expect(paragraphsOf(text)).toEqual(expected);
  for (const end of ['\r\n', '\r'])
    expect(paragraphsOf(text.replaceAll('\n', end))).toEqual(expected.map((each) => each.replaceAll('\n', end)));
});

it('an edited text is cut as anew by the segments of the one before, of which only new paragraphs are cut', () => {
  const cut = (text: string, previous?: TextSegments) => {
    const told: number[] = [];
    const segments = segmentText(text, { locale: 'en', previous, progress: (end) => told.push(end) });
    return { segments, told };
  };
  fc.assert(
    fc.property(
      fc.array(anyPiece, { maxLength: 12 }),
      fc.array(anyPiece, { maxLength: 3 }),
      fc.nat(),
      fc.nat(8),
      (pieces, more, from, count) => {
        const text = pieces.join('');
        const at = from % (text.length + 1);
        const edited = text.slice(0, at) + more.join('') + text.slice(at + count);
        expect(cut(edited, cut(text).segments).segments).toEqual(cut(edited).segments);
      },
    ),
    { numRuns: 300 },
  );
  const before = cut('One. Two.\n\nThree. Four. Five.\n\nSix. Seven.').segments;
  const { segments, told } = cut('One. Two.\n\nThree. Other. Four. Five.\n\nSix. Seven.', before);
  expect(unitTexts(segments, segments.sentences).map((each) => each.trim())).toEqual(
    'One. Two. Three. Other. Four. Five. Six. Seven.'.split(' '),
  );
  expect(told).toHaveLength(1 + 4 + 1); // a kept paragraph is one step
  expect(() => segmentText('a', { previous: { text: 'a' } as TextSegments })).toThrow('segmentText: segments must be those of a text.');
});
