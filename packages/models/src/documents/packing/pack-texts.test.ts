import { documents } from '@longspan/attention-sparse/mask';
import type { Layer, LayerResult, Parameters } from '@longspan/core-tensor';
import { expectClose, onBackends, readGolden } from '@longspan/tooling/expect';
import { slice, tensor2d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lively } from '../../../test/text.ts';
import { bertModel } from '../../family/bert/index.ts';
import { distilbertModel } from '../../family/distilbert/index.ts';
import { modernbertModel } from '../../family/modernbert/index.ts';
import { mpnetModel } from '../../family/mpnet/index.ts';
import { robertaModel } from '../../family/roberta/index.ts';
import { packTexts } from './pack-texts.ts';

type AnyModel = Layer<never, LayerResult>;

it('packs every text once, in order, and counts the padding of one batch', () => {
  const anyTexts = fc.array(fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }), { maxLength: 20 });
  fc.assert(
    fc.property(anyTexts, fc.integer({ min: 12, max: 40 }), (texts, length) => {
      const { sequences, tokens, paddingSaved } = packTexts(texts, { length });
      const places = sequences.flatMap((sequence) => sequence.places.map((place) => ({ sequence, ...place })));
      expect(places.map(({ text }) => text)).toEqual(texts.map((_, at) => at));
      for (const { sequence, text, start, end } of places) {
        expect([...sequence.ids.subarray(start, end)]).toEqual(texts[text]);
        expect(new Set(sequence.owners.subarray(start, end))).toEqual(new Set([text]));
      }
      for (const { ids } of sequences) expect(ids.length).toBeLessThanOrEqual(length);
      const longest = Math.max(0, ...texts.map((text) => text.length));
      expect([tokens, tokens + paddingSaved]).toEqual([texts.flat().length, longest * texts.length]);
    }),
  );
  expect(() => packTexts([[1], []], { length: 4 })).toThrow('packTexts: each text must have tokens, and fit into a sequence.');
  expect(() => packTexts([[1, 2, 3, 4, 5]], { length: 4 })).toThrow('5 tokens in text 0');
});

const golden = [
  ['bert', 'encoders/bert-padded', bertModel],
  ['roberta', 'encoders/roberta-padded', robertaModel],
  ['modernbert', 'usage/modernbert.model.no-biases-padded', modernbertModel],
] as const;

describe.each(golden)('%s', (_, path, make) => {
  onBackends('', () => {
    it('gives packed texts what Hugging Face gives each of them', async () => {
      const { config, tolerance, tensors, rows } = await readGolden(path);
      const texts = textsOf(rows('in.input_ids'), rows('in.attention_mask'));
      const types = textsOf(rows('in.token_type_ids') ?? [], rows('in.attention_mask')).flat();
      const { sequences } = packTexts(texts, { length: 1000 });
      const [{ ids, owners, places }] = sequences as [(typeof sequences)[number]];
      const model = make(config) as AnyModel;
      const prefix = 'param.';
      const parameters: Parameters = Object.fromEntries(
        Object.keys(model.spec).map((name) => [name, tensors[prefix + name] as NonNullable<(typeof tensors)[string]>]),
      );
      const context = {
        mask: documents(owners),
        ...(types.length === 0 ? {} : { tokenTypes: tensor2d(types, [1, types.length], 'int32') }),
      };
      const { hidden } = model.apply(parameters, tensor2d(ids, [1, ids.length], 'int32'), context as never);
      const [, , width] = hidden.shape as [number, number, number];
      const expected = tensors['out.last_hidden_state'] as NonNullable<(typeof tensors)[string]>;
      const masks = rows('in.attention_mask') as readonly (readonly number[])[];
      for (const { text, start, end } of places) {
        const first = (masks[text] as readonly number[]).indexOf(1);
        const wanted = slice(expected, [text, first, 0], [1, end - start, width]);
        expectClose(await slice(hidden, [0, start, 0], [1, end - start, width]).data(), await wanted.data(), tolerance);
      }
    });
  });
});

/** The ids of each row that are tokens and not padding. */
const textsOf = (
  ids: readonly (readonly number[])[] | undefined,
  masks: readonly (readonly number[])[] | undefined,
): readonly (readonly number[])[] => (ids ?? []).map((row, at) => row.filter((_, place) => masks?.[at]?.[place] !== 0));

const sizes = { vocabSize: 20, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 12, maxPositionEmbeddings: 16 };
const distilled = { vocabSize: 20, dim: 8, nLayers: 2, nHeads: 2, hiddenDim: 12, maxPositionEmbeddings: 16 };
const kin: readonly (readonly [string, AnyModel])[] = [
  ['bertModel', bertModel(sizes)],
  ['robertaModel', robertaModel(sizes)],
  ['mpnetModel', mpnetModel(sizes)],
  ['distilbertModel', distilbertModel(distilled)],
];

describe.each(kin)('%s', (name, model) => {
  onBackends('', () => {
    it('has positions for each text of a row that is longer than its table, and says which is too long', async () => {
      const parameters = lively(model);
      const texts = Array.from({ length: 5 }, (_, seed) => Array.from({ length: 5 + 2 * seed }, (_, at) => 2 + ((at * 7 + seed * 5) % 18)));
      const { ids, owners, places } = packTexts(texts, { length: 100 }).sequences[0] as ReturnType<typeof packTexts>['sequences'][number];
      expect(ids.length).toBe(45);
      const apply = (row: ArrayLike<number>, context: object) =>
        model.apply(parameters, tensor2d(Int32Array.from(row), [1, row.length], 'int32'), context as never).hidden;
      const packed = apply(ids, { mask: documents(owners) });
      for (const { text, start, end } of places) {
        const alone = await apply(texts[text] as readonly number[], {}).data();
        expectClose(await slice(packed, [0, start, 0], [1, end - start, 8]).data(), alone, { atol: 2e-5, rtol: 2e-4 }, `text ${text}`);
      }
      expect(() => apply(Array(17).fill(3), { mask: documents(Array(17).fill(0)) })).toThrow(`${name}: every token must have a position.`);
      expect(() => apply([3, 4], { mask: documents([0, 0, 0]) })).toThrow(
        `${name}: the documents of context.mask must be those of the ids.`,
      );
    });
  });
});
