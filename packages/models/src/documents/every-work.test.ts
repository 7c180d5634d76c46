import type { LayerResult } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { beforeAll, describe, expect, it } from 'vitest';
import { golden } from '../../test/text/golden-folder.ts';
import { lively } from '../../test/text.ts';
import { bertForQuestionAnswering, bertForSequenceClassification, bertForTokenClassification, bertModel } from '../family/bert/index.ts';
import { ledForConditionalGeneration } from '../family/led/index.ts';
import { readTokenizer } from '../text/index.ts';
import {
  answer,
  classify,
  classifyTokens,
  createIndex,
  type DocumentSource,
  type DocumentTokenizer,
  documentTokenizer,
  embed,
  type SummaryModel,
  search,
  summarise,
  type TextModel,
  type WindowedOptions,
} from './index.ts';

// What holds of all work on documents, with a tokenizer as it comes from its files.

const config = { vocabSize: 600, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 12, maxPositionEmbeddings: 64 };
const led = {
  ...{
    vocabSize: 600,
    dModel: 8,
    encoderFfnDim: 12,
    decoderFfnDim: 12,
    maxEncoderPositionEmbeddings: 64,
    maxDecoderPositionEmbeddings: 16,
  },
  ...{ encoderLayers: 1, decoderLayers: 1, encoderAttentionHeads: 2, decoderAttentionHeads: 2, attentionWindow: 4 },
};

let tokenizer: DocumentTokenizer;
beforeAll(async () => {
  await withBackend('cpu');
  tokenizer = documentTokenizer(await readTokenizer(`${golden}usage/tokenizers/wordpiece-uncased`));
});

const reader = <Out extends LayerResult>(model: TextModel<Out>['model']): TextModel<Out> => ({
  ...{ model, config, tokenizer },
  parameters: lively(model as never),
});
const writer = (): SummaryModel => {
  const model = ledForConditionalGeneration(led);
  return { model, parameters: lively(model), tokenizer, config: led };
};

interface Found {
  /** All that came of it, as plain data. */
  readonly result: unknown;
  /** Places of the document, with what is said to stand there. */
  readonly places: readonly { readonly start: number; readonly end: number; readonly text?: string }[];
  /** What was read, from its first character to its last. */
  readonly read: readonly { readonly start: number; readonly end: number }[];
}
type Work = (document: DocumentSource, options?: WindowedOptions) => Promise<Found>;

const question = 'the window of tokens?';
const works: Readonly<Record<string, Work>> = {
  async classify(document, options) {
    const result = await classify(document, reader(bertForSequenceClassification(config)), options);
    return { result, places: [], read: result.windows };
  },
  async classifyTokens(document, options) {
    const result = await classifyTokens(document, reader(bertForTokenClassification(config)), { ...options, ignored: [] });
    return { result, places: result.entities, read: result.windows };
  },
  async answer(document, options) {
    const result = await answer(document, question, reader(bertForQuestionAnswering(config)), { locale: 'en', top: 3, ...options });
    return { result, places: result.answers, read: result.windows };
  },
  async embed(document, options) {
    const { sentences, paragraphs, sections, windows } = await embed(document, reader(bertModel(config)), { locale: 'en', ...options });
    const units = [sentences, paragraphs, sections].flatMap((level) => Array.from({ length: level.count }, (_, at) => level.at(at)));
    return { result: units.map((unit) => ({ ...unit, vector: [...unit.vector] })), places: units, read: windows };
  },
  async search(document, options) {
    const index = await createIndex(document, reader(bertModel(config)), { locale: 'en', ...options });
    const result = await search(index, question, { top: 3 });
    return { result, places: [...result, ...result.map(({ sentence }) => sentence)], read: index.read };
  },
  async summarise(document, { length, progress, signal } = {}) {
    const result = await summarise(document, writer(), { locale: 'en', maxNewTokens: 3, length, progress, signal });
    return { result, places: result.parts.map(({ start, end }) => ({ start, end })), read: result.parts };
  },
};
const names = Object.keys(works);
/** In windows of few tokens, where nobody says otherwise. */
const doing =
  (name: string): Work =>
  (source, options) =>
    (works[name] as Work)(source, { length: 40, ...options });

const paragraph = 'The window of 512 tokens costs Ca\u0301fe\u0301 naïve 中文 🙂.\r\nAttention over ten thousand tokens is slow!';
const document = `# One\r\n\r\n${paragraph}\r\n\r\n# Two\r\n\r\nWell, what of the tokens?\r\n`;

describe.each(names)('%s', (name) => {
  it('gives the same for a text, a file, and pieces of text or of bytes, whatever they are cut at', async () => {
    const bytes = new TextEncoder().encode(document);
    async function* pieces<Piece>(step: number, length: number, piece: (begin: number, end: number) => Piece) {
      for (let at = 0; at < length; at += step) yield piece(at, at + step);
    }
    const { result } = await doing(name)(document);
    const sources: readonly DocumentSource[] = [
      new File([bytes], 'book.txt'),
      pieces(7, bytes.length, (begin, end) => bytes.subarray(begin, end)),
      pieces(3, document.length, (begin, end) => document.slice(begin, end)),
    ];
    for (const source of sources) expect((await doing(name)(source)).result).toEqual(result);
  });

  it('reads the whole document, finds the places in it as they stand there, and says what it read', async () => {
    const { places, read } = await doing(name)(document);
    for (const { start, end, text = document.slice(start, end) } of places) expect(document.slice(start, end)).toBe(text);
    expect(read.length).toBeGreaterThan(1);
    expect([read[0]?.start, (read.at(-1)?.end as number) >= document.trimEnd().length - 1]).toEqual([0, true]);
    read.forEach(({ start }, at) => {
      const before = read[at - 1]?.end ?? 0;
      expect(document.slice(Math.min(before, start), start).trim()).toBe(''); // nothing but blanks is between
    });
  });

  it('tells of its tokens and of what it reads, and ends by its signal at either', async () => {
    const told = new Set<string>();
    let last: unknown;
    const { read } = await doing(name)(document, {
      progress: (event) => {
        told.add(event.stage);
        last = event;
      },
    });
    expect([...told]).toEqual(expect.arrayContaining(['tokenize', 'read']));
    expect(last).toMatchObject(name === 'summarise' ? { stage: 'read' } : { stage: 'read', done: read.length, total: read.length });
    for (const stage of told) {
      const controller = new AbortController();
      const progress = (event: { readonly stage: string }) => {
        if (event.stage === stage) controller.abort(new Error(`enough of ${stage}`));
      };
      await expect(doing(name)(document, { signal: controller.signal, progress })).rejects.toThrow(`enough of ${stage}`);
    }
    const ended = AbortSignal.abort(new Error('before'));
    async function* never() {
      yield 'a';
      throw new Error('was read');
    }
    await expect(doing(name)(never(), { signal: ended })).rejects.toThrow('before');
  });

  it('takes halves of pairs for U+FFFD, which is as long', async () => {
    const broken = 'The window \ud83d of tokens\udc00. Well \ud83d\ud83d.';
    const [own, mended] = [await doing(name)(broken), await doing(name)(broken.replace(/\p{Surrogate}/gu, '\ufffd'))];
    const ranges = ({ places, read }: Found) => [...places, ...read].map(({ start, end }) => [start, end]);
    expect(ranges(own)).toEqual(ranges(mended));
    for (const { start, end, text = broken.slice(start, end) } of own.places) expect(broken.slice(start, end)).toBe(text);
  });

  it('has one letter with 10,000 marks for one word', async () => {
    const marked = `a${'\u0301'.repeat(10_000)} the window`;
    const { places } = await doing(name)(marked);
    for (const { start, end, text = marked.slice(start, end) } of places) expect(marked.slice(start, end)).toBe(text);
  });

  it('finds nothing where nothing is, and reads no window of it', async () => {
    for (const nothing of ['', ' \t\r\n \u3000\n\n ']) {
      const { places, read, result } = await doing(name)(nothing);
      expect([places.filter(({ text = '' }) => text.trim() !== ''), read]).toEqual([[], []]);
      if (name === 'summarise') expect(result).toEqual({ text: '', rounds: 0, parts: [] });
      if (name === 'answer') expect(result).toMatchObject({ answers: [] });
    }
  });

  it('is told of windows that cannot be', async () => {
    if (name !== 'summarise')
      await expect(doing(name)(document, { length: 30, overlap: 28 })).rejects.toThrow('overlap must be below length.');
    await expect(doing(name)(document, { length: 2 })).rejects.toThrow('length must leave room for tokens of the document.');
  });
});

it('a question that is longer than a window leaves no room', async () => {
  const asked = answer(document, 'what of it? '.repeat(30), reader(bertForQuestionAnswering(config)));
  await expect(asked).rejects.toThrow('more than 123, the special tokens and the question');
});

it('the answer to nothing is none, in a document and for a question', async () => {
  const model = reader(bertForQuestionAnswering(config));
  expect(await answer('', question, model)).toEqual({ answers: [], noAnswer: undefined, windows: [] });
  expect((await answer(document, '', model)).windows.length).toBeGreaterThan(0);
  const index = await createIndex(document, reader(bertModel(config)), { locale: 'en' });
  for (const query of ['', ' \n']) expect(await search(index, query)).toEqual([]);
});
