import { ConfigError, createKey, type Parameters, padding, ShapeError } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { dispose, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { funnel, funnelBaseModel, funnelConfig, funnelModel } from './index.ts';

const config = funnelConfig({ vocabSize: 20, blockSizes: [1, 1], dModel: 8, nHead: 2, dHead: 4, dInner: 12, numDecoderLayers: 1 });
const idsOf = (rows: number[][]): Tensor => tensor2d(rows, [rows.length, (rows[0] as number[]).length], 'int32');

onBackends('funnelModel', () => {
  it.each([1, 2, 3, 7, 12])('%i tokens, each row by itself, give what the batch of both gives', async (n) => {
    const model = funnelModel(config);
    const parameters = model.init(createKey(1));
    const rows = [0, 1].map((row) => Array.from({ length: n }, (_, at) => (3 * at + 7 * row + 1) % 20));
    const both = model.apply(parameters, idsOf(rows)).hidden;
    const apart = rows.map((row) => model.apply(parameters, idsOf([row])).hidden);
    expect(both.shape).toEqual([2, n, 8]);
    expectClose(await both.data(), [...(await (apart[0] as Tensor).data()), ...(await (apart[1] as Tensor).data())], {
      atol: 1e-5,
      rtol: 1e-4,
    });
    dispose([both, apart, parameters] as never);
  });

  it('what stands in padding changes no token', async () => {
    const model = funnelModel(config);
    const parameters = model.init(createKey(1));
    const context = { padding: padding([[1, 1, 1, 1, 1, 0, 0, 0]]) };
    const run = async (last: number[]): Promise<Float32Array> => {
      const { hidden } = model.apply(parameters, idsOf([[1, 2, 3, 4, 5, ...last]]), context);
      const tokens = (await hidden.data()).slice(0, 5 * 8) as Float32Array;
      hidden.dispose();
      return tokens;
    };
    expectClose(await run([6, 7, 8]), await run([9, 0, 11]), { atol: 1e-6, rtol: 1e-5 });
    dispose(parameters as Parameters as never);
  });

  it('gives hidden states and rows of attention of every layer, and leaves no tensor behind', async () => {
    const model = funnelModel(config);
    expect(model.attentions).toEqual(['encoder.blocks.0.0.attention', 'encoder.blocks.1.0.attention', 'decoder.layers.0.attention']);
    const parameters = model.init(createKey(1));
    const ids = idsOf([[1, 2, 3, 4, 5, 6, 7, 8]]);
    const run = () => model.apply(parameters, ids, { hiddenStates: true, attentionWeights: { queries: [0, 3], heads: [1] } });
    const { hidden, hiddenStates = [], attentionWeights = {} } = run();
    expect(hiddenStates.map(({ shape }) => shape[1])).toEqual([8, 8, 4, 8, 8]);
    for (const [at, { keys, weights }] of Object.values(attentionWeights).entries()) {
      expect([at, keys.shape]).toEqual([at, [1, 1, 2, 8]]); // pooled queries attend to all vectors of the block before
      const rows = (await weights.array()) as number[][][][];
      for (const row of rows[0]?.[0] ?? []) expect(row.reduce((s, each) => s + each, 0)).toBeCloseTo(1, 5);
    }
    dispose([hidden, hiddenStates as Tensor[]]);
    for (const { keys, weights } of Object.values(attentionWeights)) dispose([keys, weights]);
    const given = await leaked(() => {
      const found = run();
      return [
        found.hidden,
        ...(found.hiddenStates ?? []),
        ...Object.values(found.attentionWeights ?? {}).flatMap(({ keys, weights }) => [keys, weights]),
      ];
    });
    expect(given).toEqual({ tensors: 0, buffers: 0 });
    dispose([ids, parameters] as never);
  });

  it('drops the same under the same key while training', async () => {
    const model = funnelBaseModel(config);
    const parameters = model.init(createKey(1));
    const ids = idsOf([[1, 2, 3, 4, 5, 6]]);
    const run = (seed: number) => model.apply(parameters, ids, { training: true, key: createKey(seed) }).hidden.data();
    expect(await run(1)).toEqual(await run(1));
    expect(await run(2)).not.toEqual(await run(1));
    expect(() => model.apply(parameters, ids, { training: true })).toThrow('training with dropout needs a key.');
  });
});

it('what does not fit is refused in our words', () => {
  expect(() => funnelConfig({ block_sizes: [1, 1], block_repeats: [1] })).toThrow(ConfigError);
  expect(() => funnel.config({ pooling_type: 'sum' })).toThrow('poolingType must be');
  const model = funnelModel(config);
  const parameters = model.init(createKey(1));
  const wrong = tensor2d([[0, 0]], [1, 2], 'int32');
  expect(() => model.apply(parameters, idsOf([[1, 2, 3]]), { tokenTypes: wrong })).toThrow(ShapeError);
  expect(() => model.apply(parameters, idsOf([[1, 2, 3]]), { padding: padding([[1, 1]]) })).toThrow(ShapeError);
});
