import { createKey, type Layer, normal, type Parameters, padding } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { expectClose, leaked, withBackend } from '@longspan/tooling/expect';
import { grads, slice, sum, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { EncoderOutput } from '../encoder/encoder-model.ts';
import { bigBird, bigBirdForCausalLanguageModel, bigBirdForQuestionAnswering, bigBirdModel } from './bigbird/index.ts';
import { hatConfig, hatForSentenceClassification, hatModel } from './hat/index.ts';
import {
  longformer,
  longformerConfig,
  longformerForQuestionAnswering,
  longformerForSequenceClassification,
  longformerModel,
  questionTokens,
} from './longformer/index.ts';
import { longT5Config, longT5Model } from './longt5/index.ts';

type AnyModel = Layer<never, EncoderOutput>;

const named = {
  vocabSize: 20,
  hiddenSize: 8,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  intermediateSize: 12,
  maxPositionEmbeddings: 42,
  padTokenId: 1,
};
const blocks = { ...named, blockSize: 2, numRandomBlocks: 1 }; // in full up to 14 tokens
const both = { sentence_encoder: true, document_encoder: true };
const { maxPositionEmbeddings: _, ...unplaced } = named;
const segments = { ...unplaced, maxSentenceLength: 4, maxSentences: 10, encoderLayout: { 0: both, 1: both } };
const t5 = { vocabSize: 20, dModel: 8, dKv: 4, dFf: 12, numLayers: 2, numHeads: 2, localRadius: 3, globalBlockSize: 4 };

/** The name, the model, the longest text, the shortest that is taken as long ones are, and how one token reaches another. */
const families: readonly (readonly [name: string, model: AnyModel, most: number | undefined, least: number])[] = [
  ['longformerModel', longformerModel({ ...named, attentionWindow: [4, 6] }), 40, 1],
  ['bigBirdModel', bigBirdModel(blocks), 42, 15],
  ['bigBirdModel with random blocks', bigBirdModel(blocks, { randomBlocks: createKey(5) }), 42, 15],
  ['bigBirdModel in full', bigBirdModel({ ...blocks, attentionType: 'original_full' }), 42, 1],
  ['hatModel', hatModel(segments), 40, 1],
  ['longT5Model, local', longT5Model(t5), undefined, 1],
  ['longT5Model, transient-global', longT5Model({ ...t5, encoderAttentionType: 'transient-global' }), undefined, 1],
];

/** Weights that make attention uneven. */
const lively = ({ spec }: Pick<Layer, 'spec'>): Parameters =>
  Object.fromEntries(
    Object.entries(spec).map(([name, { shape }]) => [
      name,
      normal(createKey(name), shape, { standardDeviation: shape.length > 1 ? 0.4 : 1 }),
    ]),
  );

const close = { atol: 2e-5, rtol: 2e-4 };

/** Tokens of a text: none of them is padding. */
const text = (length: number, seed: number): readonly number[] => Array.from({ length }, (_, at) => 2 + ((at * 7 + seed * 5) % 18));

const hiddenOf = (model: AnyModel, parameters: Parameters, rows: readonly (readonly number[])[], context: object = {}): Tensor =>
  tidy(
    () =>
      model.apply(
        parameters,
        tensor2d(
          rows.map((row) => [...row]),
          undefined,
          'int32',
        ),
        context as never,
      ).hidden,
  );

beforeAll(async () => {
  await withBackend('cpu');
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

describe.each(families)('%s', (name, model, most, least) => {
  it('gives each text of a batch what it gives the text alone, whatever fills it up', async () => {
    const parameters = lively(model);
    const wholeBlocks = name.startsWith('bigBird') && !name.endsWith('full'); // the last block of a filled row is another
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: least, max: 30 }), fc.integer({ min: 0, max: 9 }), async (length, fill) => {
        const more = wholeBlocks ? Math.min(fill, length % 2) : fill;
        const row = [...text(length, fill), ...Array.from({ length: more }, () => 1)];
        const other = text(row.length, 3);
        const marks = padding([row.map((id) => (id === 1 ? 0 : 1)), other.map(() => 1)]);
        const found = hiddenOf(model, parameters, [row, other], { padding: marks });
        expectClose(
          await slice(found, [0, 0, 0], [1, length, 8]).data(),
          await hiddenOf(model, parameters, [text(length, fill)]).data(),
          close,
        );
        expectClose(await slice(found, [1, 0, 0]).data(), await hiddenOf(model, parameters, [other]).data(), close);
      }),
      { numRuns: 8 },
    );
  });

  it('leaves no tensor behind, forward and backward', async () => {
    const parameters = lively(model);
    const ids = tensor2d([...text(17, 1), 1], [1, 18], 'int32');
    const context = { padding: padding([[...text(17, 1).map(() => 1), 0]]), hiddenStates: true };
    const [first] = Object.keys(parameters) as [string];
    const run = (table: Tensor) => sum(model.apply({ ...parameters, [first]: table }, ids, context as never).hidden);
    expect(await leaked(() => model.apply(parameters, ids, context as never) as object as Tensor[])).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => grads(run)([parameters[first] as Tensor]))).toEqual({ tensors: 0, buffers: 0 });
  });

  it.skipIf(most === undefined)('says which texts are too long', () => {
    const parameters = lively(model);
    expect(() => hiddenOf(model, parameters, [text((most as number) + 1, 0)])).toThrow(
      new RegExp(`every token must have a position[.][\\s\\S]*\\n  remedy    read the text in windows of at most ${most} tokens[.,]`),
    );
    expect(hiddenOf(model, parameters, [text(most as number, 0)]).shape).toEqual([1, most, 8]);
  });
});

describe('BigBird', () => {
  it('block-sparse and causal, changes nothing before a changed token, and its loss is that of the next one', async () => {
    const model = bigBirdForCausalLanguageModel(blocks, { randomBlocks: createKey(3) });
    const parameters = lively(model);
    const row = text(31, 2);
    const before = hiddenOf(model as AnyModel, parameters, [row]);
    for (const at of [0, 9, 20, 30]) {
      const after = hiddenOf(model as AnyModel, parameters, [row.map((id, where) => (where === at ? 20 - id + 1 : id))]);
      const [one, other] = [await slice(before, [0, 0, 0], [1, at, 20]).data(), await slice(after, [0, 0, 0], [1, at, 20]).data()];
      expect(one).toEqual(other);
      expect(await slice(after, [0, at, 0]).data()).not.toEqual(await slice(before, [0, at, 0]).data());
    }
    const ids = tensor2d([...row], [1, 31], 'int32');
    const shifted = [...row.slice(1), -100];
    const logits = (await before.array()) as number[][][];
    const losses = shifted.slice(0, -1).map((label, at) => {
      const scores = logits[0]?.[at] as number[];
      return Math.log(scores.reduce((total, score) => total + Math.exp(score), 0)) - (scores[label] as number);
    });
    const expected = losses.reduce((total, loss) => total + loss, 0) / losses.length;
    expectClose(await model.loss.apply(parameters, ids, { labels: ids }).data(), [expected], close);
  });

  it('attends in full to short texts, says so, and warns of it once', () => {
    const model = bigBirdModel({ ...blocks, numHiddenLayers: 1, numRandomBlocks: 4 });
    const warn = vi.mocked(console.warn);
    warn.mockClear();
    const parameters = lively(model);
    hiddenOf(model, parameters, [text(26, 0)]);
    hiddenOf(model, parameters, [text(20, 0)]);
    expect(warn.mock.calls.map(([said]) => String(said).slice(0, 55))).toEqual(['BigBird attends in full to texts of up to 26 tokens ((5']);
    const config = bigBird.config(blocks);
    expect(bigBird.explain?.(config, 'model', 14)[0]).toContain('in full to texts of up to 14 tokens');
    expect(bigBird.explain?.(config, 'causalLanguageModel', 15).join()).toContain('No token attends to later ones');
    expect(bigBird.explain?.(bigBird.config({ ...blocks, attentionType: 'original_full' }), 'model', 5)).toEqual([]);
  });

  it('takes no token of the question but the first as an answer', async () => {
    const model = bigBirdForQuestionAnswering({ ...blocks, sepTokenId: 3 });
    const row = [2, 5, 6, 3, ...text(12, 1).map((id) => (id === 3 ? 4 : id))];
    const { startLogits } = model.apply(lively(model), tensor2d(row, [1, 16], 'int32'));
    const logits = Array.from(await startLogits.data());
    expect(logits.map((logit) => logit < -1e5)).toEqual(row.map((_, at) => at > 0 && at < 4));
  });

  it('wants random blocks for each layer', () => {
    expect(() => bigBirdModel(blocks, { randomBlocks: [[[[0]]]] })).toThrow(
      'randomBlocks must be a key, or have one entry for each layer.',
    );
  });
});

describe('Longformer', () => {
  const config = { ...named, attentionWindow: 4 };

  it('makes the first token of a text to be classified global, and says so', async () => {
    const model = longformerForSequenceClassification(config);
    const [parameters, rows] = [lively(model), [text(20, 4)]];
    const run = (context: object) => hiddenOf(model as AnyModel, parameters, rows, context).data();
    expect(await run({})).toEqual(await run({ globals: [0] }));
    expect(await run({})).not.toEqual(await run({ globals: [] }));
    expect(longformer.explain?.(longformer.config(config), 'sequenceClassification', 9)[0]).toContain('first token is global');
    expect(longformer.explain?.(longformer.config(config), 'model', 9)).toEqual([]);
  });

  it('wants the tokens of the question, all before the first of three separators', () => {
    const model = longformerForQuestionAnswering(config);
    const ids = tensor2d([0, 7, 8, 2, 2, 9, 2], [1, 7], 'int32');
    expect(() => model.apply(model.init(createKey(0)), ids, {} as never)).toThrow('the context must hold globals.');
    expect(questionTokens([[0, 7, 8, 2, 2, 9, 2]], longformerConfig(config))).toEqual([[0, 1, 2]]);
    expect(() => questionTokens([[0, 7, 2, 9, 2]], longformerConfig(config))).toThrow(ConfigError);
    expect(() => questionTokens([[0, 7, 8, 2, 2, Number.NaN, 2]], longformerConfig(config))).toThrow(
      'questionTokens: ids[0] must hold integers of at least 0.',
    );
  });

  it.each([
    [7, '7'],
    [0, '0'],
    [[4, 5], '5 (layer 1)'],
    [[4], '1 numbers'],
  ])('refuses the window %j', (attentionWindow, got) => {
    expect(() => longformerConfig({ ...config, attentionWindow })).toThrow(
      new ConfigError({
        caller: 'longformerConfig',
        problem: 'attention_window must be even and at least 2 (it counts both sides).',
        expected: 'one number, or one per layer (2)',
        got,
        remedy: 'write attention_window: 512 for 256 tokens on each side of every token.',
      }),
    );
  });
});

describe('HAT', () => {
  it('gives each segment its classes, and wants to know of each layer what encoders it has', () => {
    const model = hatForSentenceClassification({ ...segments, numLabels: 3 });
    const ids = tensor2d([...text(10, 1)], [1, 10], 'int32');
    const parameters = model.init(createKey(0));
    expect(model.apply(parameters, ids).hidden.shape).toEqual([1, 3, 3]);
    expect(model.loss.apply(parameters, ids, { labels: tensor2d([0, 2, -100], [1, 3], 'int32') }).shape).toEqual([]);
    expect(() => hatForSentenceClassification({ ...segments, problemType: 'regression' })).toThrow('single_label_classification');
    expect(() => hatConfig({ ...segments, numHiddenLayers: 3 })).toThrow('encoder_layout must say of each layer');
  });
});

describe('LongT5', () => {
  it('reads gates and activations, and no others', () => {
    expect(() => longT5Config({ ...t5, feedForwardProj: 'gated-swish' })).toThrow('feed_forward_proj must be an activation');
    expect(
      Object.keys(longT5Model({ ...t5, feedForwardProj: 'gated-gelu', numLayers: 1 }).spec).filter((name) => name.includes('wi')),
    ).toEqual(['encoder.block.0.layer.1.DenseReluDense.wi_0.weight', 'encoder.block.0.layer.1.DenseReluDense.wi_1.weight']);
  });

  it('a global token reaches from one end of a text to the other', async () => {
    const rows = [text(30, 1)];
    const changed = [rows[0]?.map((id, at) => (at === 29 ? 22 - id : id)) as number[]];
    const moved = async (config: object) => {
      const model = longT5Model({ ...t5, numLayers: 1, ...config });
      const parameters = lively(model);
      const [a, b] = [await hiddenOf(model, parameters, rows).data(), await hiddenOf(model, parameters, changed).data()];
      return a.slice(0, 8).some((value, at) => value !== b[at]);
    };
    expect(await moved({})).toBe(false);
    expect(await moved({ encoderAttentionType: 'transient-global' })).toBe(true);
  });
});
