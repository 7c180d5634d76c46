import { createKey, type Layer, normal, type Parameters, padding } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { grad, grads, slice, sum, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EncoderOutput } from '../encoder/encoder-model.ts';
import { distilbertForTokenClassification, distilbertModel } from './distilbert/index.ts';
import { modernbertForSequenceClassification, modernbertForTokenClassification, modernbertModel } from './modernbert/index.ts';
import { mpnetForTokenClassification, mpnetModel } from './mpnet/index.ts';
import { robertaForTokenClassification, robertaModel } from './roberta/index.ts';
import { xlmRobertaForTokenClassification, xlmRobertaModel } from './xlm-roberta/index.ts';

type AnyModel = Layer<never, EncoderOutput> & { readonly loss?: Layer<never> };

const named = { vocabSize: 20, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 12, maxPositionEmbeddings: 40 };
const distilled = { vocabSize: 20, dim: 8, nLayers: 2, nHeads: 2, hiddenDim: 12, maxPositionEmbeddings: 40, padTokenId: 1 };
const modern = { ...named, padTokenId: 1, numHiddenLayers: 4, localAttention: 6 };

/** Each family with padding at 1, so that all take the same ids. */
const families: readonly (readonly [name: string, model: AnyModel, headed: AnyModel, most: number | undefined])[] = [
  ['robertaModel', robertaModel(named), robertaForTokenClassification(named) as AnyModel, 38],
  ['xlmRobertaModel', xlmRobertaModel(named), xlmRobertaForTokenClassification(named) as AnyModel, 38],
  ['distilbertModel', distilbertModel(distilled), distilbertForTokenClassification(distilled) as AnyModel, 40],
  ['mpnetModel', mpnetModel(named), mpnetForTokenClassification(named) as AnyModel, 38],
  ['modernbertModel', modernbertModel(modern), modernbertForTokenClassification(modern) as AnyModel, undefined],
];

/** The families that `toLong` takes: nothing else is to be told of it. */
const takenByToLong = /^(xlmR|r)obertaModel$/;

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
  tidy(() => {
    const ids = tensor2d(
      rows.flatMap((row) => [...row]),
      [rows.length, rows[0]?.length ?? 0],
      'int32',
    );
    return model.apply(parameters, ids, context as never).hidden;
  });

describe.each(families)('%s', (name, model, headed, most) => {
  onBackends('', () => {
    it('gives each text of a batch, filled up at its end, what it gives the text alone', async () => {
      const parameters = lively(model);
      const [long, short] = [text(21, 1), text(9, 2)]; // neither is a multiple of a block
      const filled = [...short, ...Array.from({ length: 12 }, () => 1)];
      const marks = padding([long.map(() => 1), filled.map((id) => (id === 1 ? 0 : 1))]);
      const both = hiddenOf(model, parameters, [long, filled], { padding: marks });
      expectClose(await slice(both, [0, 0, 0], [1, 21, 8]).data(), await hiddenOf(model, parameters, [long]).data(), close);
      expectClose(await slice(both, [1, 0, 0], [1, 9, 8]).data(), await hiddenOf(model, parameters, [short]).data(), close);
    });
  });

  describe('on cpu', () => {
    beforeAll(() => withBackend('cpu'));

    it('gives the same for every size of blocks and every place of the padding that positions allow', async () => {
      const parameters = lively(model);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 9 }), async (length, fill) => {
          const row = [...text(length, fill), ...Array.from({ length: fill }, () => 1)];
          const marks = padding([row.map((id) => (id === 1 ? 0 : 1))]);
          const found = hiddenOf(model, parameters, [row], { padding: marks });
          expectClose(
            await slice(found, [0, 0, 0], [1, length, 8]).data(),
            await hiddenOf(model, parameters, [text(length, fill)]).data(),
            close,
          );
        }),
        { numRuns: 12 },
      );
    });

    it('leaves no tensor, forward or backward', async () => {
      const parameters = lively(headed);
      const ids = tensor2d([[2, 3, 4, 5]], [1, 4], 'int32');
      const labels = tensor2d([[0, 1, -100, 1]], [1, 4], 'int32');
      const names = Object.keys(headed.spec);
      const loss = (...values: Tensor[]): Tensor =>
        (headed.loss as Layer<never>).apply(Object.fromEntries(names.map((each, at) => [each, values[at] as Tensor])), ids, {
          labels,
        } as never);
      expect(await leaked(() => headed.apply(parameters, ids, {} as never) as object as Tensor[])).toEqual({ tensors: 0, buffers: 0 });
      const slopes = grads(loss);
      expect(await leaked(() => slopes(names.map((each) => parameters[each] as Tensor)))).toEqual({ tensors: 0, buffers: 0 });
    });

    it.runIf(most !== undefined)('takes as many tokens as it has positions, and says what to do about more', () => {
      const parameters = lively(model);
      expect(hiddenOf(model, parameters, [text(most as number, 0)]).shape).toEqual([1, most, 8]);
      expect(() => hiddenOf(model, parameters, [text((most as number) + 1, 0)])).toThrow(
        [
          `${name}: every token must have a position.`,
          `  expected  at most ${most} tokens  (the table of positions)`,
          `  got       ${(most as number) + 1} tokens`,
          `  remedy    ${takenByToLong.test(name) ? 'make a model for longer texts of this one by toLong(model, { maxPositions }), or ' : ''}read the text in windows of at most ${most} tokens.`,
        ].join('\n'),
      );
    });
  });
});

describe('modernbertForSequenceClassification', () => {
  beforeAll(() => withBackend('cpu'));

  it('takes the mean over the tokens alone', async () => {
    const model = modernbertForSequenceClassification({ ...modern, classifierPooling: 'mean' });
    const parameters = lively(model);
    const row = [...text(7, 3), 1, 1];
    const marks = padding([row.map((id) => (id === 1 ? 0 : 1))]);
    const found = hiddenOf(model as object as AnyModel, parameters, [row], { padding: marks });
    expectClose(await found.data(), await hiddenOf(model as object as AnyModel, parameters, [text(7, 3)]).data(), close);
  });
});

it('a wrong config is told in the name of who was called', async () => {
  await withBackend('cpu');
  expect(() => robertaModel({ ...named, numAttentionHeads: 3 })).toThrow(/^robertaModel/);
  expect(() => xlmRobertaForTokenClassification({ hidden_act: 'tanh' })).toThrow(/^xlmRobertaForTokenClassification/);
  expect(() => distilbertModel({ n_layers: -1 })).toThrow(/^distilbertModel/);
  expect(() => mpnetModel({ relative_attention_num_buckets: 8 })).toThrow(/^mpnetModel/);
  expect(() => modernbertModel({ classifier_pooling: 'max' })).toThrow(/^modernbertModel/);
  expect(() => modernbertModel({ localAttentoin: 3 })).toThrow(/did you mean localAttention/);
});

it('a table of distances that is higher than its buckets is read from its first rows, which alone have gradients', async () => {
  await withBackend('cpu');
  const model = mpnetModel({ ...named, relativeAttentionNumBuckets: 40 });
  const parameters = lively(model);
  const table = 'encoder.relative_attention_bias.weight';
  const ids = tensor2d([[...text(20, 4)]], [1, 20], 'int32');
  const slope = grad((values: Tensor) => sum(model.apply({ ...parameters, [table]: values }, ids).hidden.square()))(
    parameters[table] as Tensor,
  );
  expect(slope.shape).toEqual([40, 2]);
  expect(Math.max(...(await slice(slope, [32, 0], [8, 2]).abs().data()))).toBe(0);
  expect(Math.max(...(await slope.abs().data()))).toBeGreaterThan(0);
});
