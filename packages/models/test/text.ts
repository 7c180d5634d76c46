import { createKey, defineLayer, embedding, type Layer, type LayerOutput, normal, type Parameters } from '@longspan/core-tensor';
import { add, mean, mul } from '@tensorflow/tfjs-core';
import type { TextModel, TextTokenizer } from '../src/documents/index.ts';

const template = {
  single: { before: [1], after: [2] },
  pair: { before: [1], between: [2], after: [2], secondType: 1 },
};

/** One token for each word, number or mark, by a hash of it; ids from 4 on. */
export const wordTokenizer = (vocabulary: number): TextTokenizer => ({
  encode(text) {
    const found = [...text.matchAll(/[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]/gu)];
    return {
      ids: Int32Array.from(
        found,
        ([word]) => 4 + ([...word].reduce((hash, sign) => (31 * hash + (sign.codePointAt(0) as number)) >>> 0, 7) % (vocabulary - 4)),
      ),
      offsets: Uint32Array.from(found.flatMap(({ 0: word, index }) => [index, index + word.length])),
    };
  },
  template,
});

/** One token for each byte of UTF-8: several stand at the same character. Ids from 4 on. */
export const byteTokenizer: TextTokenizer = {
  async encode(text) {
    const ids: number[] = [];
    const offsets: number[] = [];
    let at = 0;
    for (const sign of text) {
      for (const byte of new TextEncoder().encode(sign)) {
        ids.push(4 + byte);
        offsets.push(at, at + sign.length);
      }
      at += sign.length;
    }
    return { ids: Int32Array.from(ids), offsets: Uint32Array.from(offsets) };
  },
  template,
};

/** Weights under which the tokens of a text come out apart: gains of norms are about 1, and their biases small. */
export const lively = ({ spec }: Pick<Layer<never, LayerOutput>, 'spec'>): Parameters =>
  Object.fromEntries(
    Object.entries(spec).map(([name, { shape }]) => {
      const isVector = shape.length === 1;
      const drawn = normal(createKey(name), shape, { standardDeviation: isVector ? 0.1 : 0.6 });
      return [name, isVector && name.endsWith('weight') ? add(drawn, 1) : drawn];
    }),
  );

/** A model of the cheapest kind in which a token's vector knows what stands around it: the word's own, with the mean of the row. */
export function meanModel(vocabulary: number, width: number): Pick<TextModel, 'model' | 'parameters'> {
  const model = defineLayer({
    name: 'meanModel',
    parts: { words: embedding({ vocabulary, width }) },
    run({ parts }, ids) {
      const words = parts.words(ids);
      return { hidden: add(words, mul(mean(words, 1, true), 0.5)) };
    },
  });
  return { model, parameters: lively(model) };
}

/** A text of that many paragraphs, with chapters, whose words are drawn by a linear congruence. */
export function drawnText(paragraphs: number, seed = 1): string {
  let state = seed;
  const next = (most: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  const word = (): string => Array.from({ length: 2 + next(6) }, () => String.fromCharCode(97 + next(26))).join('');
  const sentence = (): string =>
    `${Array.from({ length: 3 + next(12) }, word)
      .join(' ')
      .replace(/^./, (first) => first.toUpperCase())}.`;
  return Array.from({ length: paragraphs }, (_, at) =>
    at % 12 === 0 ? `# Chapter ${at / 12 + 1}` : Array.from({ length: 1 + next(5) }, sentence).join(' '),
  ).join('\n\n');
}
