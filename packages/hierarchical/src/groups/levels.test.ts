import { ConfigError } from '@longspan/core-tensor/error';
import type { Span } from '@longspan/core-tensor/layout';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentText, unitTexts } from '../text/segment-text.ts';
import type { Groups } from './groups.ts';
import { joinLevels, levelsOf, textLevels, tokensOfLevel } from './levels.ts';

const text = 'One two. Three!\n\nFour five six. Seven.';
const segments = segmentText(text, { locale: 'en' });

describe('textLevels', () => {
  it('without tokens makes words the lowest level', () => {
    const levels = textLevels(segments);
    expect(levels.names).toEqual(['word', 'sentence', 'paragraph', 'text']);
    expect(levels.counts).toEqual([11, 4, 2, 1]);
    expect(levels.groups.map(({ offsets }) => Array.from(offsets))).toEqual([
      [0, 3, 5, 9, 11],
      [0, 2, 4],
      [0, 2],
    ]);
  });

  it('gives each unit the tokens that begin in it, whichever side of a token its white space is on', () => {
    const trimmed: Span[] = [...text.matchAll(/\p{L}{1,3}|[^\s\p{L}]/gu)].map(({ index, 0: piece }) => ({
      start: index,
      end: index + piece.length,
    }));
    const leading: Span[] = trimmed.map(({ start, end }) => ({ start: /\s/.test(text[start - 1] ?? '') ? start - 1 : start, end }));
    for (const spans of [trimmed, leading]) {
      const levels = textLevels(segments, { spans, levels: ['word', 'sentence'] });
      const words = unitTexts(segments, segments.words);
      const tokens = tokensOfLevel(levels, 1);
      words.forEach((word, at) => {
        const own = spans.slice(tokens.offsets[at], tokens.offsets[at + 1]);
        expect(own.map(({ start, end }) => text.slice(start, end).trim()).join('')).toBe(word.trim());
      });
    }
  });

  it('puts special tokens with the token before them, at the start with the first', () => {
    const levels = textLevels(segments, {
      spans: [
        { start: 0, end: 0 },
        { start: 0, end: 3 },
        { start: 0, end: 0 },
        { start: 3, end: 7 },
        { start: 37, end: 38 },
        { start: 0, end: 0 },
      ],
      levels: ['sentence'],
    });
    expect(Array.from((levels.groups[0] as Groups).offsets)).toEqual([0, 4, 4, 4, 6]);
    expect(levels.counts).toEqual([6, 4, 1]);
  });

  it('rejects tokens that go back or beyond the text', () => {
    expect(() =>
      textLevels(segments, {
        spans: [
          { start: 9, end: 12 },
          { start: 0, end: 3 },
        ],
      }),
    ).toThrow(
      new ConfigError({
        caller: 'textLevels',
        problem: 'token 1 must lie after the one before it, within the text.',
        expected: 'a span from 9 to 38, in the order of the tokens',
        got: '0 to 3',
        remedy:
          'give character offsets of this very text, counted in UTF-16 code units as JavaScript does; an empty span for special tokens.',
      }),
    );
    expect(() => textLevels(segments, { spans: [{ start: 30, end: 99 }] })).toThrow(ConfigError);
  });

  it('every unit of every level has the tokens of its own text, in any choice of levels', () => {
    const all = ['word', 'sentence', 'paragraph', 'section'] as const;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('A b. ', 'C!\n\n', '# D\n', '日本。', ' ', 'é'), { maxLength: 15 }),
        fc.subarray([...all]),
        (pieces, levels) => {
          const any = segmentText(pieces.join(''), { locale: 'en' });
          const spans = Array.from(any.text, (_, at): Span => ({ start: at, end: at + 1 }));
          const tree = textLevels(any, { spans, levels });
          const kept = all.filter((level) => levels.includes(level));
          expect(tree.names).toEqual(['token', ...kept, 'text']);
          kept.forEach((level, at) => {
            // One token for each character: white space at the head of a text included.
            const tokens = tokensOfLevel(tree, at + 1);
            expect(Array.from(tokens.offsets)).toEqual(Array.from(any[`${level}s`].offsets));
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('levels', () => {
  it('join into one sequence in which each text keeps its tree', () => {
    const one = levelsOf({
      names: ['word', 'sentence', 'text'],
      offsets: [
        [0, 3, 5],
        [0, 2],
      ],
    });
    const other = levelsOf({
      names: ['word', 'sentence', 'text'],
      offsets: [
        [0, 1],
        [0, 1],
      ],
    });
    const both = joinLevels([one, other, one]);
    expect(both.counts).toEqual([11, 5, 3]);
    expect(both.groups.map(({ offsets }) => Array.from(offsets))).toEqual([
      [0, 3, 5, 6, 9, 11],
      [0, 2, 3, 5],
    ]);
    expect(Array.from(tokensOfLevel(both, 2).offsets)).toEqual([0, 5, 6, 11]);
  });

  it('that do not stand on each other, or are not alike, are rejected', () => {
    expect(() =>
      levelsOf({
        names: ['a', 'b', 'c'],
        offsets: [
          [0, 3, 5],
          [0, 3],
        ],
      }),
    ).toThrow(
      new ConfigError({
        caller: 'levelsOf',
        problem: 'the offsets of c must end with the units of b.',
        expected: 'offsets that end with 2, the units of b',
        got: '3',
        remedy: 'give, for each level but the lowest, where its units end, counted in units of the level below.',
      }),
    );
    expect(() => levelsOf({ names: ['a'], offsets: [[0, 3]] })).toThrow(ConfigError);
    const one = levelsOf({ names: ['a', 'b'], offsets: [[0, 3]] });
    expect(() => joinLevels([one, levelsOf({ names: ['a', 'c'], offsets: [[0, 3]] })])).toThrow(ConfigError);
    expect(() => joinLevels([])).toThrow(ConfigError);
    expect(() => tokensOfLevel(one, 2)).toThrow(ConfigError);
  });
});
