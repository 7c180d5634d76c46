import { everything, globalTokens, keyPadding, keysAt, type Mask, mask, perHead, slidingWindow } from '@longspan/attention-sparse';
import { createKey, normal, type Parameters, padding } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { dispose, memory, type Tensor, tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bert, bertForMaskedLanguageModel, bertModel } from '../family/bert/index.ts';
import { distilbert } from '../family/distilbert/index.ts';
import { longformer } from '../family/longformer/index.ts';
import { modernbert } from '../family/modernbert/index.ts';
import { mpnet } from '../family/mpnet/index.ts';
import { roberta } from '../family/roberta/index.ts';
import { xlmRoberta } from '../family/xlm-roberta/index.ts';
import type { Family } from '../pretrained/family.ts';
import { fromPretrained } from '../pretrained/from-pretrained.ts';
import type { AnyPretrainedModel } from '../pretrained/pretrained.ts';
import { pretrainedFiles } from '../pretrained/save-pretrained.ts';
import { measureText } from './measure.ts';
import { readSample } from './sample.ts';
import { type DenseModel, type SparsifyOptions, sparsify } from './sparsify.ts';

const n = 32;
const sizes = {
  vocabSize: 12,
  hiddenSize: 8,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  intermediateSize: 16,
  maxPositionEmbeddings: n,
  typeVocabSize: 1,
};
const near = slidingWindow({ left: 1, right: 1 });
const before = slidingWindow({ left: 1, right: 0 });
const wide = slidingWindow({ left: 4, right: 4 });
const first = keysAt([0]);
const candidates = [everything(), wide, near, before, first];
const text = [2, ...Array.from({ length: n - 1 }, (_, at) => 3 + (at % 9))];

const lively = (model: { readonly spec: AnyPretrainedModel['spec'] }, standardDeviation = 0.4): Parameters =>
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
function planted(plan: readonly (readonly PlantedHead[])[]): DenseModel<typeof bert, ReturnType<typeof bertModel>> {
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

const plan = [
  [heads.near, heads.first, heads.before, heads.all],
  [heads.first, heads.first, heads.first, heads.first],
];
const exactly: SparsifyOptions = { sample: [text], recall: 0.95, candidates, blockSize: 1, length: n };
const namesOf = (masks: readonly { readonly mask: Mask }[]) => masks.map(({ mask: each }) => each.name);

onBackends('sparsify', () => {
  it('finds the pattern that was planted in each head', async () => {
    const model = planted(plan);
    const sparse = await sparsify(model, exactly);
    const [one, two] = sparse.report.layers;
    expect(one?.name).toBe('encoder.layer.0.attention.self');
    expect(namesOf(one?.heads ?? [])).toEqual([near, first, before, everything()].map(({ name }) => name));
    expect(namesOf(two?.heads ?? [])).toEqual([first, first, first, first].map(({ name }) => name));
    expect(one?.heads.map(({ visitedBlocks }) => visitedBlocks)).toEqual([94, 32, 63, 1024]);
    expect(sparse.report.visitedFraction).toBeCloseTo((94 + 32 + 63 + 1024 + 4 * 32) / (8 * 1024), 12);
    expect(sparse.report.reached).toBe(true);
    expect(sparse.config.attentionMasks).toEqual([perHead([near, first, before, everything()]).toJSON(), first.toJSON()]);
    expect(bert.explain?.(sparse.config, 'model', n)).toEqual([
      `Layer 0 attends by ${perHead([near, first, before, everything()]).name}: attention_masks of its config, not the checkpoint's own mask.`,
      "Layer 1 attends by keysAt([0]): attention_masks of its config, not the checkpoint's own mask.",
    ]);
    dispose([sparse.parameters, model.parameters]);
  });

  it('keeps the outputs where all of the attention is kept', async () => {
    const model = planted([...plan].reverse());
    const all = await sparsify(model, { ...exactly, recall: 1 });
    expect(all.report.layers.every(({ heads: each }) => each.every(({ recall }) => recall > 1 - 3e-6))).toBe(true);
    expect(all.report.outputs.relative).toBeLessThan(2e-6);
    const half = await sparsify(model, { ...exactly, recall: 0.1 });
    expect(half.report.outputs.relative).toBeGreaterThan(1e-3);
    const ids = tensor2d([text], [1, n], 'int32');
    const [dense, sparse] = [model.model.apply(model.parameters, ids), half.model.apply(half.parameters, ids)];
    const [one, other] = [await dense.hidden.data(), await sparse.hidden.data()];
    const lengthOf = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, each) => sum + each * each, 0));
    const apart = one.map((each, at) => (other[at] as number) - each);
    expect(half.report.outputs.relative).toBeCloseTo(lengthOf(apart) / lengthOf(one), 5);
    expect(half.report.outputs.largest).toBeCloseTo(Math.max(...apart.map(Math.abs)), 5);
    dispose([model.parameters, all.parameters, half.parameters, ids, dense as object, sparse as object] as never);
  });

  it('says how the loss changed, which a mask in the context gives too', async () => {
    const config = bert.config({ ...sizes, numHiddenLayers: 1 });
    const model = bertForMaskedLanguageModel(config);
    const parameters = lively(model);
    const rows = [text.slice(0, 10), [...text.slice(5, 12), 0, 0, 0]];
    const batch = {
      x: tensor2d(rows, [2, 10], 'int32'),
      context: {
        padding: padding(rows.map((row) => row.map((id) => (id === 0 ? 0 : 1)))),
        labels: tensor2d(
          rows.map((row) => row.map((id, at) => (at % 3 === 0 && id !== 0 ? id : -100))),
          [2, 10],
          'int32',
        ),
      },
    };
    const given = { family: bert, head: 'maskedLanguageModel', config, model, parameters } as const;
    const choices = [near, perHead([before, near, first, wide]).or(near)];
    const sparse = await sparsify(given, { sample: [batch, batch], recall: 0.3, candidates: choices, blockSize: 1 });
    const lossUnder = async (context: object): Promise<number> => {
      const loss = model.loss.apply(parameters, batch.x, { ...batch.context, ...context });
      const [value] = await loss.data();
      loss.dispose();
      return value as number;
    };
    const chosen = sparse.report.layers[0]?.mask as Mask;
    expect(sparse.report.loss?.before).toBeCloseTo(await lossUnder({}), 5);
    expect(sparse.report.loss?.after).toBeCloseTo(await lossUnder({ mask: chosen }), 5);
    expect(Math.abs((sparse.report.loss?.after ?? 0) - (sparse.report.loss?.before ?? 0))).toBeGreaterThan(1e-3);
    expect(sparse.report.time.before).toBeGreaterThan(0);
    dispose([parameters, sparse.parameters, batch.x, batch.context.labels]);
  });

  it('leaves no tensor behind, and its dispose leaves the model whole', async () => {
    const model = planted(plan);
    const left = await leaked(async () => {
      const sparse = await sparsify(model, { ...exactly, sample: [text, text.slice(0, 9)] });
      sparse.dispose();
      return [];
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    const buffers = memory().numDataBuffers;
    const sparse = await sparsify(model, exactly);
    expect(memory().numDataBuffers).toBe(buffers);
    sparse.dispose();
    expect(Object.values(model.parameters).some(({ isDisposed }) => isDisposed)).toBe(false);
    dispose([model.parameters]);
  });
});

const families = { bert, distilbert, modernbert, mpnet, roberta, xlmRoberta } as object as Readonly<Record<string, Family>>;

const denseOf = (family: Family, more: object = {}): DenseModel<Family, AnyPretrainedModel> => {
  const { numHiddenLayers: nLayers, numAttentionHeads: nHeads, hiddenSize: dim, intermediateSize: hiddenDim, ...rest } = sizes;
  const ofDistilbert = { vocabSize: rest.vocabSize, maxPositionEmbeddings: 40, nLayers, nHeads, dim, hiddenDim };
  const { typeVocabSize: _, ...untyped } = { ...sizes, maxPositionEmbeddings: 40 };
  const padTokenId = family.modelType === 'mpnet' ? {} : { padTokenId: 1 };
  const config = family.config({ ...(family === families['distilbert'] ? ofDistilbert : { ...untyped, ...padTokenId }), ...more });
  const model = (family.models['model'] as unknown as (config: object) => AnyPretrainedModel)(config);
  return { family, head: 'model', config: config as never, model, parameters: lively(model) };
};

describe.each(Object.keys(families))('sparsify of %s', (name) => {
  beforeAll(() => withBackend('cpu'));

  it('is written and read again', async () => {
    const family = families[name] as Family;
    const dense = denseOf(family, name === 'modernbert' ? { globalAttnEveryNLayers: 2, localAttention: 4 } : {});
    const sparse = await sparsify(dense, { sample: [text, text.slice(3, 20)], recall: 0.2, candidates, blockSize: 2 });
    const files = await pretrainedFiles(sparse);
    const json = JSON.parse((await files.find((file) => file.name === 'config.json')?.text()) ?? '') as { attention_masks: unknown[] };
    expect(json.attention_masks).toEqual((sparse.config as { attentionMasks?: unknown }).attentionMasks);
    const read = await fromPretrained(files, { family, head: 'model' });
    const ids = tensor2d([text], [1, n], 'int32');
    const [one, other] = [sparse.model.apply(sparse.parameters, ids), read.model.apply(read.parameters, ids)];
    expect(await other.hidden.data()).toEqual(await one.hidden.data());
    const whole = dense.model.apply(dense.parameters, ids);
    expect(await whole.hidden.data()).not.toEqual(await one.hidden.data());
    expect(sparse.report.left).toEqual(name === 'modernbert' ? ['layers.1.attn'] : []);
    expect(family.explain?.(read.config, 'model', n)).toHaveLength(name === 'modernbert' ? 1 : 2);
    dispose([dense.parameters, sparse.parameters, read.parameters, ids, one as object, other as object, whole as object] as never);
  });
});

describe('sparsify', () => {
  beforeAll(() => withBackend('cpu'));

  it('reads texts that are longer than its sample', async () => {
    const dense = denseOf(families['modernbert'] as Family, { globalAttnEveryNLayers: 1 });
    const sparse = await sparsify(dense, { sample: [text], recall: 0.2, candidates: [near.or(globalTokens([0]))] });
    const ids = tensor2d(
      Array.from({ length: 500 }, (_, at) => 2 + (at % 9)),
      [1, 500],
      'int32',
    );
    const output = sparse.model.apply(sparse.parameters, ids, { attentionWeights: { queries: [300], heads: [0], layers: [1] } });
    expect(await output.attentionWeights?.['layers.1.attn']?.keys.data()).toEqual(Int32Array.from([0, 299, 300, 301]));
    dispose([dense.parameters, sparse.parameters, ids, output as object] as never);
  });

  it('looks at some queries of long texts, in several passes, and at none of padding', async () => {
    const dense = denseOf(families['bert'] as Family, { numHiddenLayers: 1 });
    const x = tensor2d([text, text], [2, n], 'int32');
    const context = { padding: padding([new Array<number>(n).fill(1), text.map((_, at) => (at < 9 ? 1 : 0))]) };
    const [read] = readSample('test', [{ x, context }], dense.model);
    const measured = async (pairsAtOnce: number) => {
      let passes = 0;
      const options = {
        caller: 'test',
        layers: ['encoder.layer.0.attention.self'],
        candidates,
        queries: 8,
        pairsAtOnce,
        onPass: () => passes++,
      };
      const [found] = await measureText(dense.model, dense.parameters, read as NonNullable<typeof read>, options);
      const sums = candidates.map((_, at) =>
        (found ?? []).map((pass) => pass[2]?.[at]?.kept ?? Number.NaN).reduce((sum, each) => sum + each, 0),
      );
      const queries = (found ?? []).map((pass) => pass[0]?.[0]?.queries ?? 0).reduce((sum, each) => sum + each, 0);
      return { passes, sums, queries };
    };
    const [once, often] = [await measured(2 ** 16), await measured(3 * 2 * n)];
    expect([once.passes, often.passes, once.queries, often.queries]).toEqual([1, 3, 10, 10]); // queries 2, 6, …, 30: two of them in the short text
    expectClose(often.sums, once.sums, { atol: 1e-5, rtol: 0 });
    dispose([dense.parameters, x]);
  });

  it('tells how far it is, and stops', async () => {
    const dense = denseOf(families['bert'] as Family);
    const told: string[] = [];
    const controller = new AbortController();
    const options = { ...exactly, sample: [text, text] };
    const sparse = await sparsify(dense, { ...options, progress: ({ stage, done, total }) => told.push(`${stage} ${done} of ${total}`) });
    expect(told).toEqual(['measure 0 of 2', 'measure 1 of 2', 'compare 0 of 2', 'compare 1 of 2', 'compare 2 of 2']);
    const stopped = sparsify(dense, { ...options, signal: controller.signal, progress: () => controller.abort() });
    await expect(stopped).rejects.toThrow(/abort/i);
    dispose([dense.parameters, sparse.parameters]);
  });

  const own = mask({ name: 'own', allows: () => true });
  it.each<[string, object, string]>([
    ['recall', { recall: 0 }, 'sparsify: recall must be in (0, 1].'],
    ['no texts', { sample: [] }, 'sparsify: sample must hold at least one text of at least one token.'],
    ['one text alone', { sample: [1, 2] }, 'sparsify: sample must hold at least one text of at least one token.'],
    ['no candidates', { candidates: [] }, 'sparsify: candidates must hold at least one mask.'],
    [
      'a mask of some texts',
      { candidates: [keyPadding({ lengths: [1, 2] })] },
      'sparsify: candidates must hold for all texts, and be written as JSON.',
    ],
    ['a rule', { candidates: [own] }, 'sparsify: candidates must hold for all texts, and be written as JSON.'],
    ['other heads', { candidates: [perHead([near, wide, first])] }, 'sparsify: a mask must be made for this number of heads.'],
    ['queries', { queries: 0 }, 'sparsify: queries must be an integer of at least 1.'],
    ['an unknown option', { recal: 1 }, 'did you mean recall?'],
  ])('refuses %s', async (_, options, words) => {
    const dense = denseOf(families['bert'] as Family);
    const left = await leaked(async () => {
      await expect(sparsify(dense, { ...exactly, ...options })).rejects.toThrow(words);
      return [];
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    dispose([dense.parameters]);
  });

  it('refuses models that have no layer to choose for, and texts of which some have labels', async () => {
    const short = { ...sizes, attentionWindow: 4, padTokenId: 1 };
    const windows = denseOf(longformer as object as Family, short);
    await expect(sparsify(windows, exactly)).rejects.toThrow(
      'sparsify: the family must be one whose layers attend to every token.\n  expected  bert, distilbert, modernbert, mpnet, roberta or xlm-roberta\n  got       "longformer"',
    );
    const twice = denseOf(families['bert'] as Family, { attentionMasks: [near.toJSON(), first.toJSON()] });
    await expect(sparsify(twice, exactly)).rejects.toThrow('sparsify: the model must have a layer that attends to every token.');
    const config = bert.config(sizes);
    const model = bertForMaskedLanguageModel(config);
    const given = { family: bert, head: 'maskedLanguageModel', config, model, parameters: lively(model) } as const;
    const ids = tensor2d([text], [1, n], 'int32');
    const sample = [{ x: ids, context: { labels: ids } }, text];
    await expect(sparsify(given, { ...exactly, sample })).rejects.toThrow('sparsify: all texts of the sample must have labels, or none.');
    dispose([windows.parameters, twice.parameters, given.parameters, ids]);
  });

  it.each<[unknown, string]>([
    [
      [near.toJSON()],
      'bertModel: attention_masks must hold one mask for each layer.\n  expected  2 masks, null for a layer that keeps its own\n  got       1',
    ],
    [
      [null, perHead([near, near]).toJSON()],
      'bertModel: the mask of a layer must be for all texts, and for all heads or each of them.\n  expected  1 or 4 heads, 1 batch row\n  got       attention_masks[1]: 2 heads, 1 batch rows',
    ],
    [[null, { kind: 'slidingWindo' }], 'bertModel: attention_masks[1].kind must be one of the known kinds.'],
  ])('a config with attention_masks %j makes no model', (attentionMasks, words) => {
    expect(() => bertModel({ ...sizes, attention_masks: attentionMasks } as never)).toThrow(words);
  });

  it('takes windows that hide something of the sample by default, and the first token', async () => {
    const sparse = await sparsify(planted(plan), { sample: [text], recall: 0.95, blockSize: 8, length: 64 });
    expect(namesOf(sparse.report.layers[0]?.heads ?? [])).toEqual([
      'slidingWindow({ left: 8, right: 8 })',
      'keysAt([0])',
      'slidingWindow({ left: 8, right: 0 })',
      'everything()',
    ]);
    expectClose([sparse.report.length], [64], { atol: 0, rtol: 0 });
  });
});
