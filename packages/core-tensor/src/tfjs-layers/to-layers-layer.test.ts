import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { mul, slice, type Tensor, tensor, tensor2d, train } from '@tensorflow/tfjs-core';
import { input, type layers, model, models, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { ExplainedError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { defineLayer } from '../layer/define-layer.ts';
import { dropout } from '../layer/dropout.ts';
import { embedding } from '../layer/embedding.ts';
import { feedForward } from '../layer/feed-forward.ts';
import type { Layer, LayerContext } from '../layer/layer.ts';
import { layerNorm } from '../layer/layer-norm.ts';
import { linear } from '../layer/linear.ts';
import { normal } from '../tensor/random.ts';
import { toLayersLayer } from './to-layers-layer.ts';

const linearLayer = toLayersLayer({
  className: 'TestLinear',
  create: linear,
  outputShape: (shape, { outFeatures }) => [...shape.slice(0, -1), outFeatures],
});
const feedForwardLayer = toLayersLayer({ className: 'TestFeedForward', create: feedForward });
const normLayer = toLayersLayer({ className: 'TestLayerNorm', create: layerNorm });
const dropoutLayer = toLayersLayer({ className: 'TestDropout', create: dropout });
const embeddingLayer = toLayersLayer({
  className: 'TestEmbedding',
  create: embedding,
  outputShape: (shape, { width }) => [...shape, width],
  inputs: 'int32',
});

const network = () =>
  sequential({
    layers: [
      linearLayer({ options: { inFeatures: 3, outFeatures: 6 }, seed: 'a', inputShape: [3] }),
      normLayer({ options: { width: 6, epsilon: 1e-6 } }),
      feedForwardLayer({ options: { width: 6, innerWidth: 8, activation: 'geluTanh', chunkLength: 16 } }),
      dropoutLayer({ options: { rate: 0.05 } }),
      linearLayer({ options: { inFeatures: 6, outFeatures: 1 } }),
    ],
  });

onBackends('toLayersLayer', () => {
  it('says its output shape and names its weights', () => {
    const model = network();
    expect(model.outputs[0]?.shape).toEqual([null, 1]);
    expect(model.layers[0]?.computeOutputShape([null, 5, 3])).toEqual([null, 5, 6]);
    const names = model.weights.map(({ originalName }) => originalName.split('/').at(-1));
    expect(names).toEqual([
      'weight',
      'bias',
      'weight',
      'bias',
      'inner.weight',
      'inner.bias',
      'outer.weight',
      'outer.bias',
      'weight',
      'bias',
    ]);
    expect(model.countParams()).toBe(24 + 12 + 56 + 54 + 7);
  });

  it('trains in fit', async () => {
    const model = network();
    model.compile({ optimizer: train.adam(0.02), loss: 'meanSquaredError' });
    const x = normal(createKey('x'), [64, 3]);
    const [a, b] = [slice(x, [0, 0], [64, 1]), slice(x, [0, 1], [64, 1])];
    const history = await model.fit(x, mul(a, b), { epochs: 60, batchSize: 32, verbose: 0 });
    const losses = history.history['loss'] as number[];
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 5);
  });

  it('after a round trip through JSON, with its weights, gives the same outputs', async () => {
    const model = network();
    const x = normal(createKey('x'), [4, 3]);
    const restored = await models.modelFromJSON(JSON.parse(model.toJSON() as string));
    const untouched = await (restored.predict(x) as Tensor).data();
    // The seeds and names are in the JSON, so that even the initial weights are the same.
    expectClose(untouched, await (model.predict(x) as Tensor).data(), { atol: 0, rtol: 0 });
    model.setWeights(model.getWeights().map((weight) => mul(weight, 2)));
    const expected = await (model.predict(x) as Tensor).data();
    expect(expected).not.toEqual(untouched);
    restored.setWeights(model.getWeights());
    expectClose(await (restored.predict(x) as Tensor).data(), expected, { atol: 0, rtol: 0 });
  });

  it('gives back its options in getConfig', () => {
    const layer = feedForwardLayer({ options: { width: 6, innerWidth: 8, activation: 'relu' }, seed: 5, name: 'mine', trainable: false });
    expect(layer.getConfig()).toEqual({
      name: 'mine',
      trainable: false,
      options: { width: 6, innerWidth: 8, activation: 'relu' },
      seed: 5,
    });
  });

  it('equals the layer itself, with weights of its own for each name', async () => {
    const [one, two] = ['one', 'two'].map((name) => linearLayer({ options: { inFeatures: 2, outFeatures: 3 }, seed: 7, name })) as [
      layers.Layer,
      layers.Layer,
    ];
    const x = tensor2d([[1, -2]]);
    const expected = linear({ inFeatures: 2, outFeatures: 3 }).init(createKey(7).fold('one'));
    const y = await (one.apply(x) as Tensor).data();
    expectClose(y, await linear({ inFeatures: 2, outFeatures: 3 }).apply(expected, x).data(), { atol: 1e-7, rtol: 0 });
    expect(await (two.apply(x) as Tensor).data()).not.toEqual(y);
  });

  it('casts ids for a layer that takes int32', async () => {
    const layer = embeddingLayer({ options: { vocabulary: 4, width: 2 } });
    const rows = (await (layer.apply(tensor([3, 3, 1], [1, 3])) as Tensor).array()) as number[][][];
    expect(rows[0]?.[0]).toEqual(rows[0]?.[1]);
    expect(rows[0]?.[0]).not.toEqual(rows[0]?.[2]);
  });

  it('drops other elements in each training step, and none otherwise', async () => {
    const layer = dropoutLayer({ options: { rate: 0.5 } });
    const x = normal(createKey('x'), [5, 7]);
    const step = () => (layer.apply(x, { training: true }) as Tensor).data();
    expect(await step()).not.toEqual(await step());
    expect(await (layer.apply(x) as Tensor).data()).toEqual(await x.data());
  });

  it('leaks nothing in a prediction and frees its weights', async () => {
    const x = normal(createKey('x'), [4, 3]);
    const model = network();
    expect(await leaked(() => model.predict(x) as Tensor)).toEqual({ tensors: 0, buffers: 0 });
    expect(
      await leaked(() => {
        network().dispose();
        return [];
      }),
    ).toEqual({ tensors: 0, buffers: 0 });
  });

  it('refuses a name that its definition does not have', () => {
    const misspelt = { className: 'TestMisspelt', create: linear, outShape: (shape: number[]) => shape };
    expect(() => toLayersLayer(misspelt)).toThrow(
      [
        'toLayersLayer: every option must be one of those that toLayersLayer knows.',
        '  expected  className, create, outputShape, inputs, contextInputs',
        '  got       outShape',
        '  remedy    did you mean outputShape? Else leave outShape out.',
      ].join('\n'),
    );
  });

  const definition = { className: 'TestAttacked', create: linear };
  const others = [5, 'text', true, 4n, [1], {}, () => 1, Symbol('none'), null, new Map(), Promise.resolve()];
  const without = (...kinds: string[]): unknown[] => others.filter((each) => !kinds.includes(Array.isArray(each) ? 'list' : typeof each));

  it.each<[string, unknown, string]>([
    ...without()
      .filter((each) => Object.getPrototypeOf(Object(each)) !== Object.prototype)
      .map((each) => ['definition', each, 'options must be given as a record.'] as [string, unknown, string]),
    ['definition', undefined, 'options must be given as a record.'],
    ['nothing', {}, 'className must be given.'],
    ['no name', { ...definition, className: '' }, 'className must be given.'],
    ...without('string').map((className) => ['className', { ...definition, className }, 'className must be '] as [string, unknown, string]),
    ...without('function').map((create) => ['create', { ...definition, create }, 'create must be '] as [string, unknown, string]),
    ...without('function').map(
      (outputShape) => ['outputShape', { ...definition, outputShape }, 'outputShape must be '] as [string, unknown, string],
    ),
    ...without().map((inputs) => ['inputs', { ...definition, inputs }, 'inputs must be '] as [string, unknown, string]),
    ...without('list').map(
      (contextInputs) => ['contextInputs', { ...definition, contextInputs }, 'contextInputs must be '] as [string, unknown, string],
    ),
    ...[[5], [null], [undefined]].map(
      (contextInputs) => ['names', { ...definition, contextInputs }, 'each of contextInputs must be a text.'] as [string, unknown, string],
    ),
    ['a name', { ...definition, classname: 'x' }, 'every option must be one of those that toLayersLayer knows.'],
  ])('%s: %o is told so', (_, given, problem) => {
    const make = (): unknown => toLayersLayer(given as typeof definition);
    expect(make).toThrow(ExplainedError);
    expect(make).toThrow(`toLayersLayer: ${problem}`);
  });

  const options = { inFeatures: 2, outFeatures: 3 };
  it.each<[string, unknown, string]>([
    ...[undefined, 5, 'text', null, [1], () => 1].map(
      (each) => ['config', each, 'options must be given as a record.'] as [string, unknown, string],
    ),
    ['no options', {}, 'options must be given.'],
    ...[5, 'text', true, [1], () => 1, null].map((each) => ['options', { options: each }, 'options must be '] as [string, unknown, string]),
    ...[true, {}, [1], 0.5, Number.NaN, () => 1].map(
      (seed) => ['seed', { options, seed }, 'the seed must be '] as [string, unknown, string],
    ),
    ...[5, true, [1]].map((name) => ['name', { options, name }, 'name must be '] as [string, unknown, string]),
    ...[5, 'yes', [1]].map((trainable) => ['trainable', { options, trainable }, 'trainable must be '] as [string, unknown, string]),
    ...[5, 'text', {}, [-1], [0.5], ['3'], new Array(2)].map(
      (inputShape) => ['inputShape', { options, inputShape }, 'inputShape must be a list of sizes.'] as [string, unknown, string],
    ),
    ...[5, [Number.NaN]].map(
      (batchInputShape) =>
        ['batchInputShape', { options, batchInputShape }, 'batchInputShape must be a list of sizes.'] as [string, unknown, string],
    ),
    ['a name of the options', { options, inFeatures: 3 }, 'every option must be one of those that TestLinear knows.'],
  ])('a layer of it, %s: %o, is told so in the name of its class', (_, config, problem) => {
    const make = (): unknown => linearLayer(config as { options: typeof options });
    expect(make).toThrow(ExplainedError);
    expect(make).toThrow(`TestLinear: ${problem}`);
  });

  it('says what its functions should have given, and what is called with no tensors', () => {
    const noLayer = toLayersLayer({ className: 'TestNoLayer', create: (() => ({})) as never });
    expect(() => noLayer({ options: {} })).toThrow('TestNoLayer: what create gives must be a layer.');
    const noShape = toLayersLayer({ className: 'TestNoShape', create: linear, outputShape: (() => undefined) as never });
    expect(() => noShape({ options }).computeOutputShape([null, 2])).toThrow('TestNoShape: what outputShape gives must be a list.');
    for (const inputs of [5, [undefined], [null], 'text', undefined, []]) {
      const call = (): unknown => linearLayer({ options }).call(inputs as never, {});
      expect(call).toThrow(ExplainedError);
      expect(call).toThrow('TestLinear: ');
    }
  });

  it('refuses a layer with state, with the reason', () => {
    const counting = toLayersLayer({
      className: 'TestCounting',
      create: () =>
        defineLayer({
          name: 'counting',
          states: ['total'],
          run: (_, x: Tensor) => ({ hidden: x, state: { total: 1 } }),
        }) as object as Layer,
    });
    expect(() => counting({ options: {} })).toThrow(
      [
        'TestCounting: a layer of a tf.layers model must be stateless.',
        '  expected  a layer whose `states` are empty',
        '  got       total',
        '  remedy    tf.layers hands nothing from one call to the next: make it without (multiHeadAttention without `cache`), or call its apply yourself and hand the state on.',
      ].join('\n'),
    );
  });

  it('throws for several inputs', () => {
    const layer = linearLayer({ options: { inFeatures: 2, outFeatures: 3 } });
    const x = tensor2d([[1, -2]]);
    expect(() => layer.call([x, x], {})).toThrow('TestLinear: the inputs must be x alone.');
  });

  it('hands further inputs to the context under their names, and says how many it takes', async () => {
    const scaled = toLayersLayer({
      className: 'TestScaled',
      contextInputs: ['factor'],
      create: () => defineLayer({ name: 'scaled', reads: ['factor'], run: (_, x: Tensor, { factor }: ScaledContext) => mul(x, factor) }),
    });
    const [x, factor] = [input({ shape: [2] }), input({ shape: [1] })];
    const outputs = scaled({ options: {} }).apply([x, factor]) as SymbolicTensor;
    const net = model({ inputs: [x, factor], outputs });
    const found = net.predict([tensor2d([[1, -2]]), tensor2d([[3]])]) as Tensor;
    expect(Array.from(await found.data())).toEqual([3, -6]);
    expect(() => scaled({ options: {} }).call([tensor2d([[1, -2]])], {})).toThrow(
      'TestScaled: the inputs must be x and factor.\n  expected  [x, factor]\n  got       1 tensors\n',
    );
  });
});

interface ScaledContext extends LayerContext {
  readonly factor: Tensor;
}

it('takes no name of tf.layers, and its own again', () => {
  const named = (className: string) => () => toLayersLayer({ className, create: linear, outputShape: (shape) => [...shape] });
  expect(named('Dense')).toThrow('toLayersLayer: className must be a name that no class of tf.layers has.');
  named('OnlyOnce')();
  expect(named('OnlyOnce')).not.toThrow();
});
