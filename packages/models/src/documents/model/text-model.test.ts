import { withBackend } from '@longspan/tooling/expect';
import { zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { contentLength } from './text-model.ts';

await withBackend('cpu');

const table = (name: string) => ({ [`${name}.position_embeddings.weight`]: zeros([1, 1]) });
const asked = { length: undefined, special: 2 };

it.each([
  ['BERT counts from the first row', { modelType: 'bert', maxPositionEmbeddings: 64, padTokenId: 0 }, table('embeddings'), 62],
  ['RoBERTa from the row after padding', { modelType: 'roberta', maxPositionEmbeddings: 66, padTokenId: 1 }, table('embeddings'), 62],
  ['nobody says which: the fewer', { maxPositionEmbeddings: 66, padTokenId: 1 }, table('bert.embeddings'), 62],
  ['ModernBERT has no table, whatever its config says', { modelType: 'modernbert', maxPositionEmbeddings: 64, padTokenId: 378 }, {}, 510],
  ['a config says what the model has learnt from', { modelType: 'universal-sentence-encoder', maxSeqLength: 128 }, {}, 126],
  ['a long table: 512 all the same', { modelType: 'longformer', maxPositionEmbeddings: 4098, padTokenId: 1 }, table('embeddings'), 510],
])('%s', (_, config, parameters, expected) => {
  expect(contentLength('read', { config, parameters }, asked)).toBe(expected);
});
