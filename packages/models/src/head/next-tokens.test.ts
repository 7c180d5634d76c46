import { defineLayer, type Layer, type LayerOutput } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { hiddenOf } from '@longspan/core-tensor/layer';
import { expectClose, leaked, withBackend } from '@longspan/tooling/expect';
import { cast, dispose, oneHot, slice, type Tensor, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cachedModel, lively, wholeModel } from '../../test/language-models.ts';
import { bertForMaskedLanguageModel, bertForSequenceClassification, bertForTokenClassification, bertModel } from '../family/bert/index.ts';
import { bigBirdForCausalLanguageModel, bigBirdForQuestionAnswering } from '../family/bigbird/index.ts';
import { hourglassForCausalLanguageModel, hourglassLanguageModel } from '../family/hourglass/index.ts';
import { ledModel } from '../family/led/index.ts';
import { reformerForCausalLanguageModel } from '../family/reformer/index.ts';
import { routingTransformerForLanguageModel } from '../family/routing-transformer/index.ts';
import { transformerXlForCausalLanguageModel, transformerXlModel } from '../family/transformer-xl/index.ts';
import { cachedSteps, type GenerationModel, generate, wholeSteps } from '../generation/index.ts';
import type { NextTokenContext } from './next-tokens.ts';

const sizes = { vocabSize: 11, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 12 };
const xl = { vocabSize: 11, cutoffs: [6], dModel: 8, dEmbed: 8, nHead: 2, dHead: 4, dInner: 12, divVal: 1, nLayer: 1, memLen: 4 };
const hourglass = { vocabSize: 11, dModel: 8, dFf: 12, nHeads: 2, hierarchy: '1@2' };
const reformer = {
  vocabSize: 11,
  hiddenSize: 8,
  numAttentionHeads: 2,
  attentionHeadSize: 4,
  feedForwardSize: 12,
  attnLayers: ['local'] as const,
  axialPosShape: [2, 4] as const,
  axialPosEmbdsDim: [2, 6] as const,
  localAttnChunkLength: 2,
  isDecoder: true,
};

const models: readonly (readonly [name: string, model: Layer<never, LayerOutput>])[] = [
  ['a languageModel', wholeModel],
  ['a languageModel with a cache', cachedModel],
  ['BigBird', bigBirdForCausalLanguageModel({ ...sizes, blockSize: 1, numRandomBlocks: 0 })],
  ['Hourglass', hourglassForCausalLanguageModel(hourglass)],
  ['Hourglass with a cache', hourglassForCausalLanguageModel(hourglass, { cache: true })],
  ['Reformer', reformerForCausalLanguageModel(reformer)],
  [
    'Routing Transformer',
    routingTransformerForLanguageModel({ numTokens: 11, dim: 8, depth: 1, heads: 2, maxSeqLen: 8, windowSize: 4, causal: true }),
  ],
  ['Transformer-XL', transformerXlForCausalLanguageModel(xl)],
];

beforeAll(() => withBackend('cpu'));

const ids = (): Tensor => tensor2d([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8], [2, 6], 'int32');

describe.each(models)('%s', (_, model) => {
  const parameters = () => lively(model);
  const logits = (more: object): Tensor => hiddenOf(model.apply(parameters(), ids(), more as never));

  it('gives the logits of the last tokens alone, the same as among all', async () => {
    const all = logits({});
    expect(all.shape).toEqual([2, 6, 11]);
    for (const logitsToKeep of [1, 2, 6, 50]) {
      const kept = Math.min(6, logitsToKeep);
      const last = logits({ logitsToKeep });
      expect(last.shape).toEqual([2, kept, 11]);
      expectClose(await last.data(), await slice(all, [0, 6 - kept, 0]).data(), { atol: 1e-6, rtol: 1e-6 });
    }
  });

  it('says what logitsToKeep must be, and leaves no tensor', async () => {
    expect(() => logits({ logitsToKeep: 0 })).toThrow('context.logitsToKeep must be an integer of at least 1.');
    const own = parameters();
    const x = ids();
    expect(await leaked(() => model.apply(own, x, { logitsToKeep: 1 } as never) as object as Tensor[])).toEqual({ tensors: 0, buffers: 0 });
    dispose([x, { ...own }] as object as Tensor[]);
  });
});

it('generate asks for the logits of the last token, of a model that can give them', async () => {
  const asked: unknown[] = [];
  const following = (name: string, reads: readonly string[]) =>
    defineLayer<NextTokenContext>({
      name,
      reads,
      run(_, x, { logitsToKeep }) {
        asked.push(logitsToKeep);
        const [batch, length] = x.shape as [number, number];
        return cast(oneHot(logitsToKeep === undefined ? x : slice(x, [0, length - logitsToKeep], [batch, logitsToKeep]), 9), 'float32');
      },
    });
  for (const reads of [['logitsToKeep'], []]) {
    const { sequences } = await generate(following('following', reads), {}, [[3, 4, 7]], { maxNewTokens: 2 }).result();
    expect(sequences[0]?.[0]?.tokens).toEqual([3, 4, 7, 7, 7]);
  }
  expect(asked).toEqual([1, 1, undefined, undefined]);
});

const asked = { maxNewTokens: 2 };

it.each<readonly [gives: string, name: string, model: Layer<never, LayerOutput>]>([
  ['logits of masked words', 'bertForMaskedLanguageModel', bertForMaskedLanguageModel(sizes)],
  ['logits of classes of texts', 'bertForSequenceClassification', bertForSequenceClassification(sizes)],
  ['logits of classes of tokens', 'bertForTokenClassification', bertForTokenClassification(sizes)],
  ['logits of the first and last tokens of answers', 'bigBirdForQuestionAnswering', bigBirdForQuestionAnswering(sizes)],
  ['hidden states', 'bertModel', bertModel(sizes)],
  [
    'hidden states',
    'ledModel',
    ledModel({
      dModel: 8,
      encoderLayers: 1,
      decoderLayers: 1,
      encoderAttentionHeads: 2,
      decoderAttentionHeads: 2,
      encoderFfnDim: 8,
      decoderFfnDim: 8,
      attentionWindow: 2,
    }),
  ],
  ['hidden states', 'transformerXlModel', transformerXlModel(xl)],
  [
    'logits of the tokens that it reads (shift 1; one with cache: true gives those of the next)',
    'hourglassLanguageModel',
    hourglassLanguageModel({ vocabulary: 11, width: 8, heads: 2, tokenLayers: [1, 1], hierarchy: '1@2' }),
  ],
])('no text is written by %s', (gives, name, model) => {
  const refusal = (caller: string): ConfigError =>
    new ConfigError({
      caller,
      problem: 'model must be one of next tokens.',
      expected: 'a model that gives logits of the token that follows: one with a head causalLanguageModel or conditionalGeneration',
      got: `${name}, which gives ${gives}`,
      remedy:
        "load a checkpoint that was trained for it: BigBird's, Hourglass's, LED's, Reformer's, Transformer-XL's; or give a languageModel.",
    });
  expect(() => generate(model as GenerationModel, {}, [[1, 2]], asked)).toThrow(refusal('generate'));
  expect(() => cachedSteps(model)).toThrow(refusal('cachedSteps'));
  expect(() => wholeSteps(model)).toThrow(refusal('wholeSteps'));
});

it('a layer of one’s own that gives no logits for each token is named when it has run', async () => {
  const own = defineLayer({ name: 'own', run: (_, x) => zeros([x.shape[0] as number, 5]) });
  await expect(generate(own, {}, [[1, 2]], asked).result()).rejects.toThrow(
    'own: a model of next tokens must give logits of every word for every token.\n' +
      '  expected  [1, 2, vocabulary], or [1, 1, vocabulary] of the last token\n' +
      '  got       [1, 5]\n',
  );
});
