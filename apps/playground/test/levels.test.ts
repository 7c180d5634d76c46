import { createKey } from '@longspan/core-tensor';
import { randomNormal } from '@longspan/core-tensor/key';
import { hat, hatSchedule, hourglass, segmentText } from '@longspan/hierarchical';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { directionOf } from '../src/text/direction.ts';
import { Heights } from '../src/text/heights.ts';
import { shortened } from '../src/text/shortened.ts';
import { unitAt } from '../src/text/unit-at.ts';
import { embed, mostSimilar, partsOf, width } from '../src/views/levels/embedding.ts';
import { rowAt, sameAt, unitOf } from '../src/views/levels/places.ts';
import { hatRows, hierarchyOf, hourglassRows, type Row, reachOf } from '../src/views/levels/reach.ts';
import { cutText, rowsOf } from '../src/views/levels/segmenting.ts';

beforeAll(async () => {
  await register({ threads: 1 });
});

const sample = async (id: string): Promise<{ text: string; language: string }> => {
  vi.stubGlobal('location', { href: 'http://localhost/' }); // where the page fetches the book from
  const { samples } = await import('../src/text/samples.ts');
  const found = samples.find((each) => each.id === id);
  if (found === undefined) throw new Error(id);
  return { text: await found.load(), language: found.language };
};

/** Which outputs change with each input, found by changing it. */
async function dependence(tokens: number, run: (x: tf.Tensor) => tf.Tensor): Promise<readonly ReadonlySet<number>[]> {
  const size = 8;
  const x = randomNormal(createKey('x'), tokens * size);
  const outOf = async (numbers: Float32Array): Promise<Float32Array> => {
    const out = tf.tidy(() => run(tf.tensor3d(numbers, [1, tokens, size])));
    const read = (await out.data()).slice() as Float32Array;
    out.dispose();
    return read;
  };
  const plain = await outOf(x);
  const found = Array.from({ length: tokens }, () => new Set<number>());
  for (let input = 0; input < tokens; input++) {
    const changed = x.slice();
    for (let at = 0; at < size; at++) changed[input * size + at] = (changed[input * size + at] as number) + (at % 2 === 0 ? 1.5 : -1);
    const other = await outOf(changed);
    for (let output = 0; output < tokens; output++) {
      const own = (numbers: Float32Array): Float32Array => numbers.subarray(output * size, (output + 1) * size);
      if (own(other).some((each, at) => each !== own(plain)[at])) found[output]?.add(input);
    }
  }
  return found;
}

const inputsOf = (rows: readonly Row[], tokens: number): readonly ReadonlySet<number>[] =>
  Array.from({ length: tokens }, (_, at) => reachOf(rows, rows.length - 1, at)[0] as ReadonlySet<number>);
const sorted = (sets: readonly ReadonlySet<number>[]): readonly (readonly number[])[] =>
  sets.map((set) => [...set].sort((left, right) => left - right));

describe('what is drawn of a model is what the package computes', () => {
  it.each([
    { factors: [3], left: undefined, tokens: 13 },
    { factors: [2, 3], left: undefined, tokens: 15 },
    { factors: [2, 3], left: 0, tokens: 15 },
    { factors: [3, 2], left: 1, tokens: 20 },
  ])('Hourglass $factors, window $left', async ({ factors, left, tokens }) => {
    const layer = hourglass({
      width: 8,
      heads: 2,
      tokenLayers: [1, 1],
      hierarchy: hierarchyOf(factors),
      ...(left === undefined ? {} : { window: { left } }),
    });
    const parameters = layer.init(createKey('hourglass'));
    const found = await dependence(tokens, (x) => layer.apply(parameters, x));
    expect(sorted(inputsOf(hourglassRows({ tokens, factors, left }), tokens))).toEqual(sorted(found));
  });

  it('HAT', async () => {
    const layer = hat({
      width: 8,
      heads: 2,
      segmentLength: 4,
      maxSegments: 6,
      schedule: hatSchedule('early', { sentences: 2, documents: 1 }),
    });
    const parameters = layer.init(createKey('hat'));
    const found = await dependence(12, (x) => layer.apply(parameters, x).hidden);
    expect(sorted(inputsOf(hatRows({ tokens: 12, segment: 4 }), 12))).toEqual(sorted(found));
  });

  it('writes the levels as the package reads them', () => {
    expect(hierarchyOf([3])).toBe('1@3');
    expect(hierarchyOf([3, 2])).toBe('1@3 1@6 1@3');
  });
});

describe('a text falls into rows', () => {
  it.each(['harbour', 'chinese', 'arabic'])('that cover it: %s', async (id) => {
    const { text, language } = await sample(id);
    const { cut, segments } = cutText(text, language);
    expect([...cut.word]).toEqual([...segments.words.offsets]);
    expect(cut.rows[0]).toBe(0);
    expect(cut.rows.at(-1)).toBe(segments.words.count);
    expect(cut.rows.length - 1).toBe(segments.paragraphs.count);
    expect([...cut.rows].map((word) => cut.word[word])).toEqual([...cut.paragraph]);
  });

  it('and a long paragraph into several, at ends of sentences', () => {
    const text = 'It rains in the harbour, and nobody waits. '.repeat(200);
    const { cut } = cutText(text, 'en');
    expect(cut.paragraph).toHaveLength(2);
    expect(cut.rows.length).toBeGreaterThan(7);
    const sentences = new Set(cut.sentence);
    for (const word of cut.rows) expect(sentences.has(cut.word[word] as number)).toBe(true);
    const lengths = [...cut.rows].slice(1).map((word, at) => (cut.word[word] as number) - (cut.word[cut.rows[at] as number] as number));
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1200);
  });

  it('where a sentence is too long, at a word; a longer word is a row', () => {
    const words = Int32Array.from({ length: 101 }, (_, at) => 100 * at);
    const rows = rowsOf(words, Int32Array.from([0, 10_000]), Int32Array.from([0, 10_000]));
    expect([...rows].slice(0, 4)).toEqual([0, 12, 24, 36]);
    expect(rows.at(-1)).toBe(100);
    expect([...rowsOf(Int32Array.from([0, 5000, 9000]), Int32Array.from([0, 9000]), Int32Array.from([0, 9000]))]).toEqual([0, 1, 2]);
  });

  it('whose units are found by their places', async () => {
    const { text, language } = await sample('harbour');
    const { cut } = cutText(text, language);
    expect(unitAt(Int32Array.from([0, 3, 7, 9]), 6)).toBe(1);
    const sentence = unitOf(cut, 'sentence', 1);
    expect(shortened(text, sentence, 60)).toBe('The boat came in before the rain.');
    expect(sameAt(cut, sentence, 'paragraph').unit).toBe(1);
    expect(sameAt(cut, sentence, 'section').unit).toBe(0);
    expect(text.slice(sameAt(cut, sentence, 'word').start).startsWith('The boat')).toBe(true);
    expect(rowAt(cut, sentence.start)).toBe(1);
    expect(unitOf(cut, 'section', 99).unit).toBe(1);
    expect(directionOf((await sample('arabic')).text)).toBe('rtl');
    expect(directionOf(text)).toBe('ltr');
  });

  it('of heights that are measured when they are drawn', () => {
    const heights = new Heights(() => 10, 100);
    expect(heights.total).toBe(1000);
    expect(heights.rowAt(55)).toBe(5);
    expect(heights.take(2, 30)).toBe(20);
    expect(heights.take(2, 30)).toBe(0);
    expect([heights.top(2), heights.top(3), heights.total]).toEqual([20, 50, 1020]);
    expect(heights.rowAt(49)).toBe(2);
    expect(heights.rowAt(1e9)).toBe(99);
  });
});

describe('vectors of units', () => {
  it('know a word by its letters', () => {
    expect(partsOf('sea')).toEqual(['<sea>', '<se', 'sea', 'ea>']);
    expect(partsOf('信')).toEqual(['<信>', '<信>', '信']);
  });

  it('are pooled over the levels of the text, and leave no tensor behind', async () => {
    const { text, language } = await sample('harbour');
    const segments = segmentText(text, { locale: language });
    const before = tf.memory().numTensors;
    const embedded = await embed(segments);
    expect(tf.memory().numTensors).toBe(before);
    expect(embedded.vectors.sentence).toHaveLength(segments.sentences.count * width);
    const lengthOf = (vectors: Float32Array, unit: number): number => Math.hypot(...vectors.subarray(unit * width, (unit + 1) * width));
    expect(lengthOf(embedded.vectors.sentence, 1)).toBeCloseTo(1, 5);
    expect(lengthOf(embedded.vectors.section, 1)).toBeCloseTo(1, 5);
    const the = embedded.types.indexOf('the');
    expect(embedded.counts[the]).toBeGreaterThan(10);
    expect(embedded.typeOf[segments.words.count - 1]).toBe(-1);
  });

  it('find what is like it, and nothing else first', async () => {
    const text = 'The white whale swam north.\n\nTea is best with milk.\n\nWhite whales were swimming north.\n\nWe bought a lamp.\n';
    const embedded = await embed(segmentText(text, { locale: 'en' }));
    const [first, ...others] = mostSimilar(embedded, 'sentence', 0, 3);
    expect(first?.unit).toBe(2);
    expect(first?.cosine).toBeGreaterThan(0.2);
    expect(others.every(({ cosine }) => cosine < (first?.cosine as number))).toBe(true);
    const whale = embedded.firsts[embedded.types.indexOf('whale')] as number;
    const [word] = mostSimilar(embedded, 'word', whale, 1);
    expect(word?.unit).toBe(embedded.firsts[embedded.types.indexOf('whales')]);
    expect(word?.times).toBe(1);
    expect(mostSimilar(embedded, 'section', 0, 3)).toEqual([]);
  });
});
