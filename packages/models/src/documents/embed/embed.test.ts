import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@longspan/core-tensor';
import { expectClose, onBackends, withBackend } from '@longspan/tooling/expect';
import { memory, slice, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { byteTokenizer, drawnText, lively, wordTokenizer } from '../../../test/text.ts';
import { bertModel } from '../../family/bert/index.ts';
import { longformerModel } from '../../family/longformer/index.ts';
import { modernbertModel } from '../../family/modernbert/index.ts';
import { universalSentenceEncoderModel } from '../../family/universal-sentence-encoder/index.ts';
import { fromPretrained } from '../../index.ts';
import { poolTokens } from '../../pooling/index.ts';
import type { TextModel } from '../model/text-model.ts';
import { type DocumentEmbedding, embed } from './embed.ts';
import { embedTexts } from './embed-texts.ts';
import { langChainEmbeddings } from './langchain.ts';

const config = { vocabSize: 300, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 12, maxPositionEmbeddings: 64 };
const close = { atol: 2e-5, rtol: 2e-4 };
const textModel = (tokenizer = wordTokenizer(300)): TextModel => {
  const model = bertModel(config);
  return { model, parameters: lively(model), tokenizer, config };
};

/** The vectors of units by their definition: every window read alone, each token from the one where it has most context. */
async function defined(found: DocumentEmbedding, level: 'sentences' | 'paragraphs' | 'sections', model: TextModel): Promise<Float32Array> {
  const pieces: { readonly id: number; readonly start: number }[] = [];
  for (let at = 0; at < found.paragraphs.count; at++) {
    const { text, start } = found.paragraphs.at(at);
    const { ids, offsets } = await model.tokenizer.encode(text);
    pieces.push(...Array.from(ids, (id, token) => ({ id, start: start + (offsets[2 * token] as number) })));
  }
  const states: number[][][] = [];
  for (const { tokens } of found.windows) {
    const ids = [1, ...pieces.slice(tokens.start, tokens.end).map(({ id }) => id), 2];
    const { hidden } = model.model.apply(model.parameters, tensor2d(ids, [1, ids.length], 'int32'), {} as never);
    states.push(((await hidden.array()) as number[][][])[0]?.slice(1, -1) as number[][]);
  }
  const context = (token: number, { tokens: { start, end } }: (typeof found.windows)[number]): number =>
    token < start || token >= end ? -1 : Math.min(start === 0 ? 1e9 : token - start, end === pieces.length ? 1e9 : end - 1 - token);
  const vectors = pieces.map((_, token) => {
    const best = found.windows.reduce(
      (sofar, window, at) => (context(token, window) > context(token, found.windows[sofar] as typeof window) ? at : sofar),
      0,
    );
    return states[best]?.[token - (found.windows[best]?.tokens.start as number)] as number[];
  });
  const units = found[level];
  return Float32Array.from(
    Array.from({ length: units.count }, (_, unit) => {
      const [start, end] = [units.offsets[unit] as number, units.offsets[unit + 1] as number];
      const own = vectors.filter((_, token) => (pieces[token]?.start as number) >= start && (pieces[token]?.start as number) < end);
      const mean = Array.from(
        { length: found.width },
        (_, feature) => own.reduce((sum, each) => sum + (each[feature] as number), 0) / Math.max(1, own.length),
      );
      const length = Math.hypot(...mean) || 1;
      return mean.map((value) => value / length);
    }).flat(),
  );
}

onBackends('embed', () => {
  it('gives each unit the mean of its tokens, each read where it has most context', async () => {
    const model = textModel();
    const document = drawnText(8);
    const found = await embed(document, model, { locale: 'en', length: 24, overlap: 8 });
    expect(found.windows.length).toBeGreaterThan(8);
    for (const level of ['sentences', 'paragraphs', 'sections'] as const) {
      expectClose(found[level].vectors, await defined(found, level, model), close, level);
      for (let at = 0; at < found[level].count; at++) {
        const { text, start, end } = found[level].at(at);
        expect(text).toBe(document.slice(start, end));
      }
    }
  });

  it('gives the same of a model that leaves out at the end what no window needs', async () => {
    const sizes = { vocabSize: 300, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2, intermediateSize: 12, outputSize: 6 };
    const own = universalSentenceEncoderModel(sizes);
    const model: TextModel = { model: own, parameters: lively(own), tokenizer: wordTokenizer(300) };
    expect(own.reads).toContain('wantedTokens');
    const found = await embed(drawnText(8), model, { locale: 'en', length: 24, overlap: 8 });
    expect(found.windows.length).toBeGreaterThan(8);
    for (const level of ['sentences', 'paragraphs'] as const)
      expectClose(found[level].vectors, await defined(found, level, model), close, level);
  });
});

describe('on cpu', () => {
  beforeAll(() => withBackend('cpu'));

  it('reads a text, a file and pieces of either kind alike, and leaves no tensor', async () => {
    const model = textModel(byteTokenizer);
    const document = 'Ça va? Oui 🙂.\n\n你好。Well.';
    const bytes = new TextEncoder().encode(document);
    async function* pieces(): AsyncGenerator<string | Uint8Array> {
      yield document.slice(0, 3);
      for (const byte of new TextEncoder().encode(document.slice(3, 14))) yield Uint8Array.of(byte);
      yield document.slice(14);
    }
    const before = memory().numTensors;
    const found = await embed(document, model, { locale: 'en' });
    expect(found.sentences.count).toBe(4);
    expectClose(found.sentences.vectors, await defined(found, 'sentences', model), close);
    const left = memory().numTensors;
    for (const source of [new Blob([bytes]), pieces()]) {
      const other = await embed(source, model, { locale: 'en' });
      expect([other.text, other.sentences.vectors]).toEqual([document, found.sentences.vectors]);
    }
    expect(memory().numTensors).toBe(left);
    expect(left - before).toBeLessThanOrEqual(2 * found.windows.length + 1); // those of the definition
  });

  it('tells its progress, and stops by its signal', async () => {
    const model = textModel();
    const document = drawnText(30);
    const told: string[] = [];
    const found = await embed(document, model, {
      locale: 'en',
      length: 34,
      progress: ({ stage, done, total }) => told.push(`${stage} ${done} of ${total}`),
    });
    expect(told.at(-1)).toBe(`read ${found.windows.length} of ${found.windows.length}`);
    expect(new Set(told.map((each) => each.split(' ')[0]))).toEqual(new Set(['segment', 'tokenize', 'read']));
    for (const stage of ['segment', 'tokenize', 'read']) {
      const controller = new AbortController();
      const stopped = embed(document, model, {
        signal: controller.signal,
        progress: (event) => {
          if (event.stage === stage && event.done > 0) controller.abort(new Error('enough'));
        },
      });
      await expect(stopped).rejects.toThrow('enough');
    }
  });

  it('of a document without tokens has units without vectors', async () => {
    const found = await embed('\n\n', textModel(), { locale: 'en' });
    expect([found.width, found.sentences.count, found.sentences.vectors.length, found.windows]).toEqual([0, 1, 0, []]);
  });

  it('says what cannot be right', async () => {
    const model = textModel();
    await expect(embed(7 as never, model)).rejects.toThrow('embed: document must be a text, a file, or pieces of a text.');
    await expect(embed(new Blob([Uint8Array.of(0xff)]), model)).rejects.toThrow('embed: the bytes of a document must be UTF-8.');
    const pdf = '%PDF-1.7\n%\u00e2\u00e3';
    for (const given of [pdf, new Blob([Buffer.from(pdf, 'latin1')])]) {
      await expect(embed(given, model)).rejects.toThrow(
        'embed: a document must be a text.\n  expected  plain text, as a string or in UTF-8\n  got       a PDF',
      );
    }
    const small = { ...model, config: { vocabSize: 2 } };
    await expect(embed('A tokenizer of more words.', small)).rejects.toThrow(
      "embed: model.tokenizer must be the model's own.\n  expected  ids below 2  (set by config.vocabSize)",
    );
    const later = Promise.resolve(model) as never;
    await expect(embed('text', later)).rejects.toThrow('remedy    await it first: model is a record, and a promise of it came.');
    await expect(embed('a', model, { length: 2 })).rejects.toThrow('embed: length must leave room for tokens of the document.');
    await expect(embed('a', model, { length: 8, overlap: 6 })).rejects.toThrow('embed: overlap must be below length.');
    await expect(embed('a', { ...model, tokenizer: {} as never })).rejects.toThrow('embed: tokenizer must be a tokenizer.');
    const wrong = { ...model.tokenizer, encode: () => ({ ids: Int32Array.of(5), offsets: Uint32Array.of(0, 9) }) };
    await expect(embed('a', { ...model, tokenizer: wrong })).rejects.toThrow(
      'embed: the tokens of a text must be ids with their places in it',
    );
  });
});

onBackends('embedTexts', () => {
  const texts = ['It rains.', 'I wait for the train that is late.', 'Well.', 'One more text, of some words.'];
  const modern = modernbertModel({ ...config, padTokenId: 0, localAttention: 8 });
  const long = longformerModel({ ...config, attentionWindow: 8 });

  it('packs texts, and gives what one by one gives', async () => {
    const models: readonly TextModel[] = [
      textModel(),
      { model: modern, parameters: lively(modern), tokenizer: wordTokenizer(300) },
      { model: long, parameters: lively(long), tokenizer: wordTokenizer(300) }, // takes no mask: one by one
    ];
    for (const model of models) {
      const { vectors, tokens, paddingSaved } = await embedTexts(texts, model, {
        modes: ['mean', 'cls'],
        normalise: false,
        tokensAtOnce: 24,
      });
      const lengths = [];
      for (const [at, text] of texts.entries()) {
        const ids = [1, ...(await model.tokenizer.encode(text)).ids, 2];
        lengths.push(ids.length);
        const alone = tidy(() => {
          const { hidden } = model.model.apply(model.parameters, tensor2d(ids, [1, ids.length], 'int32'), {} as never);
          return poolTokens(slice(hidden, [0, 0, 0], [1, ids.length, 8]), { modes: ['mean', 'cls'] });
        });
        expectClose(vectors[at] as Float32Array, await alone.data(), close, text);
      }
      expect(tokens).toBe(lengths.reduce((sum, each) => sum + each, 0));
      expect(paddingSaved).toBe(Math.max(...lengths) * 4 - tokens);
    }
  });
});

describe('embedTexts on cpu', () => {
  beforeAll(() => withBackend('cpu'));

  it('cuts nothing off a text that is longer than a window, and says so', async () => {
    const model = textModel();
    const long = drawnText(6);
    const { vectors, inWindows } = await embedTexts(['Short.', long], model, { length: 34 });
    const count = (await model.tokenizer.encode(long)).ids.length;
    expect(inWindows).toEqual([{ text: 1, windows: Math.ceil((count - 32) / 24) + 1 }]);
    const changed = await embedTexts([`${long} More.`], model, { length: 34 });
    expect(
      Math.max(...(vectors[1] as Float32Array).map((value, at) => Math.abs(value - (changed.vectors[0]?.[at] as number)))),
    ).toBeGreaterThan(1e-4);
    expect(Math.hypot(...(vectors[1] as Float32Array))).toBeCloseTo(1, 6);
  });

  it('is what LangChain asks for', async () => {
    const model = textModel();
    const embeddings = langChainEmbeddings(model);
    const { vectors } = await embedTexts(['It rains.', 'I wait.'], model);
    const documents: number[][] = await embeddings.embedDocuments(['It rains.', 'I wait.']);
    expect(documents).toEqual(vectors.map((vector) => [...vector]));
    expect(await embeddings.embedDocuments([])).toEqual([]);
    const query: number[] = await embeddings.embedQuery('I wait.');
    expectClose(query, vectors[1] as Float32Array, close);
  });
});

it('a checkpoint of sentence-transformers gives packed texts the vectors that it gives there', async () => {
  await withBackend('cpu');
  const folder = fileURLToPath(new URL('../../../../../tooling/golden/checkpoints/tiny-bert-sentence', import.meta.url));
  const { texts } = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')) as {
    readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
  };
  const { tensors } = readSafetensors(await readFile(join(folder, 'expected.safetensors')));
  const known = new Map(texts.map(({ text, ids }) => [text, ids.slice(1, -1)]));
  const encode = (text: string) => {
    const ids = known.get(text) as number[];
    return { ids: Int32Array.from(ids), offsets: new Uint32Array(2 * ids.length) };
  };
  const [cls, sep] = [texts[0]?.ids[0] as number, texts[0]?.ids.at(-1) as number];
  const pretrained = await fromPretrained(folder);
  const model = { ...pretrained, tokenizer: { encode, template: { single: { before: [cls], after: [sep] } } } };
  const { vectors, paddingSaved, inWindows } = await embedTexts([...known.keys()], model);
  expect([paddingSaved > 0, inWindows]).toEqual([true, []]);
  const wanted = tensors.get('out.sentence_embedding')?.values() as Float32Array;
  expectClose(
    vectors.flatMap((vector) => [...vector]),
    wanted,
    { atol: 2e-5, rtol: 2e-5 },
  );
  const { width, sentences } = await embed(texts[0]?.text as string, model, { locale: 'en' });
  expect([width, sentences.count]).toEqual([16, 1]);
  pretrained.dispose();
});
