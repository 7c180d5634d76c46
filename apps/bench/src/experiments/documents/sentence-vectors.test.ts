import { createKey } from '@longspan/core-tensor/key';
import { bertModel } from '@longspan/models/bert';
import { createIndex, type TextModel } from '@longspan/models/documents';
import { tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../process/start-backend.ts';
import { sentencesOf, sentenceVectors } from './sentence-vectors.ts';

beforeAll(() => startBackend('cpu'));

it('pools the states of windows as an index does', async () => {
  const encode = (text: string) => {
    const words = [...text.matchAll(/\s*\w+/g)];
    return {
      ids: Int32Array.from(words, ([word]) => 3 + (word.trim().charCodeAt(0) % 20)),
      offsets: Uint32Array.from(words.flatMap(({ 0: word, index }) => [index, index + word.length])),
    };
  };
  const network = bertModel({
    vocabSize: 24,
    hiddenSize: 8,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 8,
    initializerRange: 0.5,
  });
  const model: TextModel = {
    model: network,
    parameters: network.init(createKey(3)),
    tokenizer: { encode, template: { single: { before: [], after: [] } } },
  };
  const text = Array.from({ length: 12 }, (_, at) => `Word ${at} of it goes by. ${'and on '.repeat(at)}so.\n\n`).join('');
  const index = await createIndex(text, model, { locale: 'en', length: 16, overlap: 4 });
  expect(index.read.length).toBeGreaterThan(3);
  const sentences = await sentencesOf(index, model.tokenizer);
  const vectors = sentenceVectors(sentences);
  for (const window of index.read) {
    const ids = [...sentences.ids.subarray(window.tokens.start, window.tokens.end)];
    const { hidden } = network.apply(model.parameters, tensor2d([ids], [1, ids.length], 'int32'));
    vectors.add(window, await hidden.data<'float32'>(), 8);
  }
  const [found, own] = [vectors.finished(), index.embedding.sentences.vectors];
  expect(found.length).toBe(own.length);
  for (const [at, value] of found.entries()) expect(value).toBeCloseTo(own[at] as number, 5);
});
