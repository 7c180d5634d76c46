import { everything, keysAt, type Mask, slidingWindow } from '@longspan/attention-sparse';
import { createKey, normal, type Parameters } from '@longspan/core-tensor';
import { type Tensor, tensor, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { bert, bertModel } from '../src/family/bert/index.ts';
import { distilbert } from '../src/family/distilbert/index.ts';
import { modernbert } from '../src/family/modernbert/index.ts';
import { mpnet } from '../src/family/mpnet/index.ts';
import { roberta } from '../src/family/roberta/index.ts';
import { xlmRoberta } from '../src/family/xlm-roberta/index.ts';
import type { Family } from '../src/pretrained/family.ts';
import type { AnyPretrainedModel } from '../src/pretrained/pretrained.ts';
import type { DenseModel, SparsifyOptions } from '../src/sparsify/sparsify.ts';

export const n = 32;
const sizeNames = [
  'vocabSize',
  'hiddenSize',
  'numHiddenLayers',
  'numAttentionHeads',
  'intermediateSize',
  'maxPositionEmbeddings',
  'typeVocabSize',
] as const;
export const sizes: Readonly<Record<(typeof sizeNames)[number], number>> = {
  vocabSize: 12,
  hiddenSize: 8,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  intermediateSize: 16,
  maxPositionEmbeddings: n,
  typeVocabSize: 1,
};
export const near: Mask = slidingWindow({ left: 1, right: 1 });
export const before: Mask = slidingWindow({ left: 1, right: 0 });
export const wide: Mask = slidingWindow({ left: 4, right: 4 });
export const first: Mask = keysAt([0]);
export const candidates: readonly Mask[] = [everything(), wide, near, before, first];
export const text: number[] = [2, ...Array.from({ length: n - 1 }, (_, at) => 3 + (at % 9))];

export const lively = (model: { readonly spec: AnyPretrainedModel['spec'] }, standardDeviation = 0.4): Parameters =>
  Object.fromEntries(
    Object.entries(model.spec).map(([name, { shape }]) => [name, normal(createKey(name), [...shape], { standardDeviation })]),
  );

/** Rows [out, in] of two features of a head. */
type Projection = readonly (readonly number[])[];
const turn = Math.PI / 40;
const nothing: Projection = [new Array<number>(8).fill(0), new Array<number>(8).fill(0)];
/** The angle of a position, moved by so many positions. */
const angle = (size: number, moved = 0): Projection => [
  [size * Math.cos(turn * moved), size * Math.sin(turn * moved), 0, 0, 0, 0, 0, 0],
  [-size * Math.sin(turn * moved), size * Math.cos(turn * moved), 0, 0, 0, 0, 0, 0],
];
const firstWord: Projection = [[0, 0, 0, 0, 40, 0, 0, 0], nothing[0] as number[]];

interface PlantedHead {
  readonly query: Projection;
  readonly key: Projection;
  /** Added to the first feature of the query. */
  readonly bias?: number;
}

/** Queries look for positions at the same angle, or for the first word, or weigh all keys alike. */
const heads = {
  near: { query: angle(17), key: angle(17) },
  before: { query: angle(60, 1), key: angle(60) },
  first: { query: nothing, key: firstWord, bias: 1 },
  all: { query: nothing, key: nothing },
} satisfies Record<string, PlantedHead>;

/** A BERT whose heads attend by plan, whatever else its weights are: the embeddings are angles of positions, and a mark of the first word. */
export function planted(plan: readonly (readonly PlantedHead[])[]): DenseModel<typeof bert, ReturnType<typeof bertModel>> {
  const config = bert.config(sizes);
  const model = bertModel(config);
  const ofLayer = (at: number): Record<string, Tensor> => {
    const own = plan[at] as readonly PlantedHead[];
    const start = `encoder.layer.${at}`;
    const silent = ['attention.output.dense.weight', 'attention.output.dense.bias', 'output.dense.weight', 'output.dense.bias'];
    const shapeOf = (name: string) => [...(model.spec[`${start}.${name}`]?.shape ?? [])];
    return {
      [`${start}.attention.self.query.weight`]: tensor(own.flatMap(({ query }) => query.map((row) => [...row]))),
      [`${start}.attention.self.key.weight`]: tensor(own.flatMap(({ key }) => key.map((row) => [...row]))),
      [`${start}.attention.self.query.bias`]: tensor1d(own.flatMap(({ bias = 0 }) => [bias, 0])),
      [`${start}.attention.self.key.bias`]: zeros([8]),
      ...Object.fromEntries(
        ['attention.output.LayerNorm', 'output.LayerNorm'].flatMap((norm) => [
          [`${start}.${norm}.weight`, tensor1d(new Array<number>(8).fill(1))],
          [`${start}.${norm}.bias`, zeros([8])],
        ]),
      ),
      // The first layer adds nothing, so that the second one reads the embeddings too.
      ...(at === 0 ? Object.fromEntries(silent.map((name) => [`${start}.${name}`, zeros(shapeOf(name))])) : {}),
    };
  };
  const angles = Array.from({ length: n }, (_, at) => [
    Math.cos(turn * at),
    Math.sin(turn * at),
    -Math.cos(turn * at),
    -Math.sin(turn * at),
  ]);
  const parameters = {
    ...lively(model),
    'embeddings.position_embeddings.weight': tensor(angles.map((row) => [...row, 0, 0, 0, 0])),
    'embeddings.word_embeddings.weight': tensor(
      Array.from({ length: 12 }, (_, id) => [0, 0, 0, 0, ...(id === 2 ? [1, -1, 0, 0] : [0, 0, 1, -1])]),
    ),
    'embeddings.token_type_embeddings.weight': zeros([1, 8]),
    'embeddings.LayerNorm.weight': tensor1d(new Array<number>(8).fill(1)),
    'embeddings.LayerNorm.bias': zeros([8]),
    ...ofLayer(0),
    ...ofLayer(1),
  };
  return { family: bert, head: 'model', config, model, parameters };
}

export const plan: readonly (readonly PlantedHead[])[] = [
  [heads.near, heads.first, heads.before, heads.all],
  [heads.first, heads.first, heads.first, heads.first],
];
export const exactly: SparsifyOptions = { sample: [text], recall: 0.95, candidates, blockSize: 1, length: n };
export const namesOf = (masks: readonly { readonly mask: Mask }[]): readonly string[] => masks.map(({ mask: each }) => each.name);

export const families: Readonly<Record<string, Family>> = {
  bert,
  distilbert,
  modernbert,
  mpnet,
  roberta,
  xlmRoberta,
} as object as Readonly<Record<string, Family>>;

export const denseOf = (family: Family, more: object = {}): DenseModel<Family, AnyPretrainedModel> => {
  const { numHiddenLayers: nLayers, numAttentionHeads: nHeads, hiddenSize: dim, intermediateSize: hiddenDim, ...rest } = sizes;
  const ofDistilbert = { vocabSize: rest.vocabSize, maxPositionEmbeddings: 40, nLayers, nHeads, dim, hiddenDim };
  const { typeVocabSize: _, ...untyped } = { ...sizes, maxPositionEmbeddings: 40 };
  const padTokenId = family.modelType === 'mpnet' ? {} : { padTokenId: 1 };
  const config = family.config({ ...(family === families['distilbert'] ? ofDistilbert : { ...untyped, ...padTokenId }), ...more });
  const model = (family.models['model'] as unknown as (config: object) => AnyPretrainedModel)(config);
  return { family, head: 'model', config: config as never, model, parameters: lively(model) };
};
