import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { mul, slice, type Tensor, tensor, tensor2d, train } from '@tensorflow/tfjs-core';
import { input, type layers, model, models, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
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
