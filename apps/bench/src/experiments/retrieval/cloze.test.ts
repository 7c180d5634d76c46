import { createKey } from '@longspan/core-tensor/key';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../figures/random-stream.ts';
import { clozeOf } from './cloze.ts';

const long = (word: string): string => `The ${word} went on and on until the evening came at last.`;
const chapters = [
  `ONE\n\n${long('first')} ${long('second')} Short.\n${long('third')}\n\nNo. Two. Three.\n\n`,
  `TWO\n\n${long('fourth')} Alone.\n\n${long('fifth')}\n${long('sixth')}\n${long('seventh')}\n\n`,
];
const book = { text: chapters.join(''), starts: [0, (chapters[0] as string).length, chapters.join('').length] };

describe('the inverse cloze task', () => {
  it('cuts out a sentence of enough words of a paragraph of enough sentences, and keeps all paragraphs', () => {
    for (let seed = 0; seed < 12; seed++) {
      const { text, queries, paragraphs, chapters: owners } = clozeOf(book, 5, randomStream(createKey(seed)));
      expect(queries.map(({ paragraph }) => paragraph)).toEqual([1, 5]);
      expect(queries.map(({ text: asked }) => asked)).toEqual([
        expect.stringMatching(/^The (first|second|third) went on and on until the evening came at last\.$/),
        expect.stringMatching(/^The (fifth|sixth|seventh) /),
      ]);
      expect(paragraphs).toHaveLength(6);
      expect(paragraphs.join('')).toBe(text);
      expect(owners).toEqual([0, 0, 0, 1, 1, 1]);
      for (const { text: asked, paragraph } of queries) {
        expect(paragraphs[paragraph]).not.toContain(asked);
        expect(text.length).toBeLessThan(book.text.length - asked.length);
      }
    }
  });

  it('asks for the same by the same seed, and for another by another', () => {
    const asked = (seed: number) =>
      clozeOf(book, 1, randomStream(createKey(seed)))
        .queries.map(({ text }) => text)
        .join();
    expect(asked(1)).toBe(asked(1));
    expect(new Set(Array.from({ length: 8 }, (_, seed) => asked(seed))).size).toBeGreaterThan(2);
  });
});
