import { disposeParameters } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { drawnText, lively, wordTokenizer } from '../../../test/text.ts';
import { bert } from '../../family/bert/index.ts';
import { longformer } from '../../family/longformer/index.ts';
import { modernbert } from '../../family/modernbert/index.ts';
import { mpnet } from '../../family/mpnet/index.ts';
import { roberta } from '../../family/roberta/index.ts';
import { universalSentenceEncoder } from '../../family/universal-sentence-encoder/index.ts';
import type { Family } from '../../pretrained/family.ts';
import { embed } from '../embed/embed.ts';
import { contentLength, type TextModel } from './text-model.ts';

await withBackend('cpu');

const table = (name: string) => ({ [`${name}.position_embeddings.weight`]: zeros([1, 1]) });
const asked = { length: undefined, special: 2 };

it.each([
  ['BERT counts from the first row', { modelType: 'bert', maxPositionEmbeddings: 64, padTokenId: 0 }, table('embeddings'), 62],
  ['RoBERTa from the row after padding', { modelType: 'roberta', maxPositionEmbeddings: 66, padTokenId: 1 }, table('embeddings'), 62],
  ['MPNet always from row 2', { modelType: 'mpnet', maxPositionEmbeddings: 66 }, table('embeddings'), 62],
  ['nobody says which: the fewer', { maxPositionEmbeddings: 66, padTokenId: 1 }, table('bert.embeddings'), 62],
  ['ModernBERT has no table, whatever its config says', { modelType: 'modernbert', maxPositionEmbeddings: 64, padTokenId: 378 }, {}, 510],
  ['a config says what the model has learnt from', { modelType: 'universal-sentence-encoder', maxSeqLength: 128 }, {}, 126],
  ['a long table: 512 all the same', { modelType: 'longformer', maxPositionEmbeddings: 4098, padTokenId: 1 }, table('embeddings'), 510],
])('%s', (_, config, parameters, expected) => {
  expect(contentLength('read', { config, parameters }, asked)).toBe(expected);
});

describe('a document of 300 tokens, by what each family has positions for', () => {
  const sizes = { vocabSize: 90, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 12, maxPositionEmbeddings: 64 };
  const text = drawnText(14).match(/^(?:\s*\S+){300}/)?.[0] as string;

  it.each<[string, Family, object, number, boolean]>([
    ['BERT', bert as object as Family, {}, 64, true],
    ['RoBERTa', roberta as object as Family, { padTokenId: 1, maxPositionEmbeddings: 66 }, 64, true],
    ['MPNet', mpnet as object as Family, { maxPositionEmbeddings: 66 }, 64, true],
    ['Longformer', longformer as object as Family, { padTokenId: 1, maxPositionEmbeddings: 66, attentionWindow: 8 }, 64, true],
    ['ModernBERT, which has rotary positions', modernbert as object as Family, { padTokenId: 0, localAttention: 8 }, 512, false],
    [
      'Universal Sentence Encoder, which has waves, and learnt from texts of 128 tokens',
      universalSentenceEncoder as object as Family,
      { embeddingSize: 8, outputSize: 6 },
      128,
      false,
    ],
  ])('%s', async (_, family, more, most, hasTable) => {
    const { maxPositionEmbeddings: __, ...untabled } = sizes;
    const own = family.config({ ...(family.modelType === universalSentenceEncoder.modelType ? untabled : sizes), ...more }) as object;
    const config = { ...own, modelType: family.modelType }; // as it comes from config.json
    const model = (family.models['model'] as (config: object) => TextModel['model'])(own);
    const reader: TextModel = { model, parameters: lively(model as never), tokenizer: wordTokenizer(90), config };
    const { windows, sentences } = await embed(text, reader, { locale: 'en' });
    expect(Math.max(...windows.map(({ tokens }) => tokens.end - tokens.start))).toBe(Math.min(most - 2, windows.at(-1)?.tokens.end ?? 0));
    expect(sentences.vectors.every(Number.isFinite)).toBe(true);
    const longer = embed(text, reader, { locale: 'en', length: most + 1 });
    if (hasTable) await expect(longer).rejects.toThrow(/^embed: .*position/);
    else expect((await longer).windows).toHaveLength(windows.length);
    disposeParameters(reader.parameters);
  });
});
