import { ConfigError, createKey, normal, ShapeError } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { dispose, mean, pad, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { swin, swinBackbone, swinConfig, swinModel } from '../family/swin/index.ts';
import { swinv2Config, swinv2Model } from '../family/swinv2/index.ts';
import { patchEmbeddings } from './patch-embeddings.ts';

const sizes = { imageSize: 16, embedDim: 8, depths: [2, 2], numHeads: [2, 4], windowSize: 2 };

onBackends('models of images', () => {
  it('a patch is the convolution of the reference, with zeros beyond the image', async () => {
    const layer = patchEmbeddings({ name: 'patches', channels: 2, patchSide: 2, width: 3, hiddenDropout: 0, standardDeviation: 1 });
    const parameters = layer.init(createKey(1));
    const pixels = normal(createKey('pixels'), [1, 2, 3, 5]);
    const filled = pad(pixels, [
      [0, 0],
      [0, 0],
      [0, 1],
      [0, 1],
    ]);
    const [found, whole] = [layer.apply(parameters, pixels), layer.apply(parameters, filled)];
    expect(found.shape).toEqual([1, 6, 3]);
    expectClose(await found.data(), await whole.data(), { atol: 0, rtol: 0 });
    const [image, weight] = [
      (await filled.array()) as number[][][][],
      (await parameters['patch_embeddings.projection.weight']?.array()) as number[][][][],
    ];
    const plain = [0, 1].flatMap((row) =>
      [0, 1, 2].map((column) =>
        weight.map((kernel) =>
          kernel.reduce(
            (s, ofChannel, c) =>
              s +
              ofChannel.reduce(
                (t, line, y) => t + line.reduce((u, w, x) => u + w * (image[0]?.[c]?.[2 * row + y]?.[2 * column + x] as number), 0),
                0,
              ),
            0,
          ),
        ),
      ),
    );
    const normed = plain.flatMap((features) => {
      const middle = features.reduce((s, each) => s + each, 0) / 3;
      const spread = features.reduce((s, each) => s + (each - middle) ** 2, 0) / 3;
      return features.map((each) => (each - middle) / Math.sqrt(spread + 1e-5));
    });
    expectClose(await found.data(), normed, { atol: 2e-5, rtol: 1e-4 });
    dispose([pixels, filled, found, whole, parameters] as never);
  });

  it.each([
    ['swinModel', () => swinModel(swinConfig(sizes))],
    ['swinv2Model', () => swinv2Model(swinv2Config(sizes))],
  ] as const)('%s reads images of any size, gives rows of attention, and leaves no tensor behind', async (_, make) => {
    const model = make();
    const parameters = model.init(createKey(1));
    const pixels = normal(createKey('pixels'), [2, 3, 15, 18]);
    const run = () =>
      model.apply(parameters, pixels, { hiddenStates: true, attentionWeights: { layers: [1], queries: [0, 7], heads: [0] } });
    const { hidden, pooled, hiddenStates = [], attentionWeights = {} } = run();
    expect([hidden.shape, hiddenStates.length]).toEqual([[2, 6, 16], 3]);
    const middle = mean(hidden, 1);
    expectClose(await (pooled as Tensor).data(), await middle.data(), { atol: 1e-6, rtol: 1e-5 });
    expect(Object.keys(attentionWeights)).toEqual(['encoder.layers.0.blocks.1.attention.self']);
    for (const { weights } of Object.values(attentionWeights)) {
      const rows = (await weights.array()) as number[][][][];
      for (const row of rows.flat(2)) expect(row.reduce((s, each) => s + each, 0)).toBeCloseTo(1, 5);
    }
    const given = await leaked(() => {
      const found = run();
      return [
        found.hidden,
        found.pooled as Tensor,
        ...(found.hiddenStates ?? []),
        ...Object.values(found.attentionWeights ?? {}).flatMap(({ keys, weights }) => [keys, weights]),
      ];
    });
    expect(given).toEqual({ tensors: 0, buffers: 0 });
  });

  it('leaves out whole images under a key while training', async () => {
    const model = swinModel(swinConfig({ ...sizes, dropPathRate: 0.5 }));
    const parameters = model.init(createKey(1));
    const pixels = normal(createKey('pixels'), [2, 3, 16, 16]);
    const run = (seed: number) => model.apply(parameters, pixels, { training: true, key: createKey(seed) }).hidden.data();
    expect(await run(1)).toEqual(await run(1));
    const others = await Promise.all([2, 3, 4, 5].map((seed) => run(seed)));
    const first = await run(1);
    expect(others.some((each) => each.some((value, at) => value !== first[at]))).toBe(true);
  });
});

it('what does not fit is refused in our words', () => {
  expect(() => swinConfig({ depths: [1, 1], num_heads: [2] })).toThrow('depths and num_heads must have one number for each stage');
  expect(() => swinConfig({ use_absolute_embeddings: true })).toThrow(ConfigError);
  expect(() => swinv2Config({ ...sizes, pretrained_window_sizes: [4] })).toThrow(
    'pretrained_window_sizes must have one number for each stage.',
  );
  expect(() => swinBackbone(swin.config({ ...sizes, out_features: ['stage7'] }))).toThrow('out_features must name stages.');
  const model = swinModel(swinConfig(sizes));
  expect(() => model.apply(model.init(createKey(0)), normal(createKey(1), [1, 4, 16, 16]))).toThrow(ShapeError);
});
