import { effort } from '@longspan/tooling/expect';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { segmentEnds } from './pieces.ts';
import { segmentText } from './segment-text.ts';

const wholeEnds = (text: string, by: Intl.Segmenter): number[] =>
  Array.from(by.segment(text), ({ index, segment }) => index + segment.length);

/** Long runs of these; of languages whose words come from a dictionary only such as the dictionary knows (see below). */
const anyRun = fc
  .tuple(
    fc.constantFrom(
      'word ',
      'etc. ',
      'etc. 12 ',
      '. ',
      '?) ',
      '\n',
      '\r\n',
      "can't ",
      'e\u0301',
      '\u200d',
      '\u200b',
      '^',
      '`',
      '\u00af',
      '\u00ad',
      '\uff9e',
      'ｶ\uff9e',
      '(',
      '3.14',
      '\ud83d\udc4d\ud83c\udffd',
      '\ud800',
      '你好',
    ),
    fc.integer({ min: 100, max: 900 }),
  )
  .map(([piece, times]) => piece.repeat(times));
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 12 }));
/** Longer than what the segmenter is given at a time. */
const longText = fc.array(fc.oneof(anyText, anyRun), { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));

describe('segments found piece by piece', () => {
  it.each(['word', 'sentence'] as const)('end where those of the whole text end: %s', (granularity) => {
    const by = new Intl.Segmenter('en', { granularity });
    fc.assert(
      fc.property(longText, (text) => {
        expect([...segmentEnds(text, { start: 0, end: text.length }, by)]).toEqual(wholeEnds(text, by));
      }),
      { numRuns: effort(20, 60) },
    );
  });

  it.each([
    ['th', 'ฉันรักภาษาไทยและวันนี้อากาศดีมาก'],
    ['zh', '今天天气很好我们去公园散步吧'],
    ['ja', '吾輩は猫である名前はまだ無い'],
    ['my', 'မြန်မာနိုင်ငံတွင်'],
  ])('are the words of %s without a space in 6,000 characters', (locale, sentence) => {
    const by = new Intl.Segmenter(locale, { granularity: 'word' });
    const text = sentence.repeat(Math.ceil(6000 / sentence.length));
    expect([...segmentEnds(text, { start: 0, end: text.length }, by)]).toEqual(wholeEnds(text, by));
  });
});

describe('the work of segmentText grows as the text does', () => {
  afterEach(() => vi.restoreAllMocks());

  /** Characters that the segmenters held while they were asked for a segment, summed over all segments: what engines may copy. */
  function workOf(text: string): number {
    let work = 0;
    const segment = Intl.Segmenter.prototype.segment;
    vi.spyOn(Intl.Segmenter.prototype, 'segment').mockImplementation(function (this: Intl.Segmenter, input: string) {
      const segments = segment.call(this, input);
      return {
        containing: (at?: number) => segments.containing(at),
        *[Symbol.iterator]() {
          for (const each of segments) {
            work += input.length;
            yield each;
          }
        },
      } as Intl.Segments;
    });
    segmentText(text, { locale: 'en' });
    vi.restoreAllMocks();
    return work;
  }

  it.each([
    ['words without a full stop', 'word '],
    ['full stops without a line end', 'It rains. '],
    ['line ends alone', '\n'],
    ['short lines', 'a\n'],
    ['Thai', 'ฉันรักภาษาไทย'],
    ['base64', 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODk'],
    ['base64 with its signs', 'QU+DRE/GR0hJSk'],
    ['numbers with full stops', '1. '],
    ['combining marks', '\u0301'],
    ['full stops', '.'],
    ['flags', '\ud83c\udde9\ud83c\uddea'],
    ['zero width spaces', '\u200b'],
    ['circumflexes', '^'],
    ['grave accents', '`'],
    ['soft hyphens', '\u00ad'],
    ['letters with two hundred marks', `a${'\u0301'.repeat(200)}`],
    ['words before a thousand marks', `${'word '.repeat(200)}${'\u0301'.repeat(1000)}`],
    ['full stops before two hundred brackets', `a. ${'('.repeat(200)}`],
    ['words and zero width spaces', `${'word '.repeat(100)}${'\u200b'.repeat(2000)}`],
  ])('%s', (_, piece) => {
    const times = Math.ceil(20_000 / piece.length);
    const [once, twice, fourfold] = [1, 2, 4].map((factor) => workOf(piece.repeat(factor * times))) as [number, number, number];
    expect(twice / once).toBeLessThan(2.3);
    expect(fourfold / twice).toBeLessThan(2.3);
  });
});
