import { describe, expect, it } from 'vitest';
import { passageLines } from './passage-lines.ts';
import type { Found, Passage } from './passages.ts';

const passage = (start: number, text: string): Passage => ({
  text,
  start,
  end: start + text.length,
  score: 0.912,
  sentence: { text, start, end: start + text.length },
  section: 'CHAPTER 1. Loomings.',
  paragraph: 2,
  paragraphs: 9,
});

const [sail, sea] = [passage(1200, 'I thought I would sail\na \u001b[2Jlittle.'), passage(5000, 'See the watery part of the world.')];

const found: Found = {
  question: 'Who sails?',
  passages: [sail, sea],
  byWords: sea,
  byVectors: passage(90, 'Call me Ishmael.'),
  meant: undefined,
  seconds: 0.0312,
};

const expected = { question: 'Who sails?', chapter: 'CHAPTER 1. Loomings.', words: 'sail a little' };

describe('passageLines', () => {
  it('says where each passage is, and what each of the two would have said alone', () =>
    expect(passageLines(found, 80).join('\n')).toBe(`Who sails?                                                               31.2 ms
  1  0.91  CHAPTER 1. Loomings, paragraph 2 of 9, characters 1,200 to 1,236
     “I thought I would sail a \\u001b[2Jlittle.”
  2  0.91  CHAPTER 1. Loomings, paragraph 2 of 9, characters 5,000 to 5,033
     “See the watery part of the world.”
  BM25 alone: passage 2
  vectors alone: CHAPTER 1. Loomings, paragraph 2 of 9: “Call me Ishmael.”`));

  it('tells a miss as one, with the ranks of what was meant', () => {
    const lines = (fused: number | undefined) =>
      passageLines({ ...found, meant: { expected, fused, byWords: 3, byVectors: undefined } }, 100)
        .slice(-2)
        .join(' ')
        .replaceAll(/\s+/g, ' ');
    const [where, others] = ['(CHAPTER 1. Loomings. “… sail a little …”);', '3 by BM25 alone, beyond 50 by vectors alone'];
    expect(lines(2)).toBe(` as meant: passage 2 ${where} its place is 2 here, ${others}`);
    expect(lines(3)).toBe(` a miss, though passage 1 is of its chapter: meant was another ${where} its place is 3 here, ${others}`);
    const elsewhere = { ...expected, chapter: 'CHAPTER 2. The Carpet-Bag.' };
    const missed = { ...found, meant: { expected: elsewhere, fused: undefined, byWords: 3, byVectors: undefined } };
    expect(passageLines(missed, 100).at(-2)).toMatch(/^ {2}a miss: meant was another \(CHAPTER 2\. The Carpet-Bag\. /);
  });

  it('says so where nothing was found', () => {
    expect(passageLines({ ...found, passages: [], byWords: undefined, byVectors: undefined }, 40)).toEqual([
      'Who sails?                       31.2 ms',
      '  No passage: the text has none.',
    ]);
    expect(passageLines({ ...found, byWords: undefined }, 90)).toContain(
      '  BM25 alone: nothing, for no word of the question is in the text',
    );
  });

  it('keeps to the width', () => {
    for (const line of passageLines({ ...found, question: 'Who '.repeat(40) }, 50)) expect(line.length).toBeLessThanOrEqual(50);
  });
});
