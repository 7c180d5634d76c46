import { chain, createKey, normal, residual } from '@longspan/core-tensor';
import { recomputedLayer } from '@longspan/reversible';
import { below, expectGolden, leaked, onBackends, readGolden } from '@longspan/tooling/expect';
import { dispose, grads, sum, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectSameGradients } from '../../../test/same-gradients.ts';
import { swinLayer } from './swin-layer.ts';

interface GoldenConfig {
  readonly dim: number;
  readonly num_heads: number;
  readonly window_size: number;
  readonly shift_size: number;
  readonly height: number;
  readonly width: number;
  readonly mlp_ratio: number;
}

onBackends('swinLayer', () => {
  it.each(['unshifted', 'shifted', 'padded-shifted', 'window-is-the-image'])(
    'equals Hugging Face, outputs and gradients: %s',
    async (name) => {
      const golden = await readGolden(`layers/swin.layer.${name}`);
      const config = golden.config as object as GoldenConfig;
      const { dim: width, num_heads: heads, window_size: windowSide, shift_size: shift } = config;
      const layer = swinLayer({ width, heads, windowSide, shift, innerWidth: width * config.mlp_ratio });
      await expectGolden(golden, 'hidden_states', (parameters, { hidden_states }) =>
        layer.apply(parameters, hidden_states as Tensor, { grid: { height: config.height, width: config.width } }),
      );
      dispose(golden.tensors);
    },
  );

  it('drops the same under the same key while training, and nothing otherwise', async () => {
    const layer = swinLayer({ width: 8, heads: 2, windowSide: 2, attentionDropout: 0.3, hiddenDropout: 0.3 });
    const [parameters, x, grid] = [layer.init(createKey(0)), normal(createKey(1), [1, 12, 8]), { height: 3, width: 4 }];
    const run = (seed: number) => layer.apply(parameters, x, { grid, training: true, key: createKey(seed) }).data();
    expect(await run(1)).toEqual(await run(1));
    expect(await run(2)).not.toEqual(await run(1));
    expect(await layer.apply(parameters, x, { grid }).data()).toEqual(await layer.apply(parameters, x, { grid, key: createKey(1) }).data());
    expect(() => layer.apply(parameters, x, { grid, training: true })).toThrow('training with dropout needs a key.');
  });

  it('stands in a chain and a residual sum, recomputed with the same gradients, its inner features in chunks', async () => {
    const config = { width: 8, heads: 2, windowSide: 2 };
    const model = chain({ first: swinLayer(config), second: residual(swinLayer({ ...config, shift: 1, chunkLength: 7 })) });
    const x = normal(createKey('chain'), [2, 15, 8]);
    await expectSameGradients(model, recomputedLayer(model), x, { grid: { height: 3, width: 5 } });
    const whole = chain({ first: swinLayer(config), second: residual(swinLayer({ ...config, shift: 1 })) });
    await expectSameGradients(model, whole, x, { grid: { height: 3, width: 5 } });
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const layer = swinLayer({ width: 8, heads: 2, windowSide: 2, shift: 1 });
    const [parameters, hidden, grid] = [layer.init(createKey(0)), normal(createKey(1), [1, 15, 8]), { height: 3, width: 5 }];
    const { 'output.dense.bias': _, ...incomplete } = parameters;
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => layer.apply(parameters, hidden, { grid }))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply(parameters, x, { grid })))([hidden]))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply(incomplete, x, { grid })))([hidden]))).toEqual(none);
  });
});

describe('swinLayer', () => {
  it('init gives the names and shapes of Hugging Face', async () => {
    const golden = await readGolden('layers/swin.layer.shifted');
    const shapes = (parameters: Readonly<Record<string, Tensor>>) =>
      Object.entries(parameters)
        .map(([name, { shape }]) => `${name} ${shape}`)
        .sort();
    const { 'attention.self.relative_position_index': _, ...expected } = below(golden.tensors, 'param.');
    expect(shapes(swinLayer({ width: 16, heads: 2, windowSide: 4, innerWidth: 32 }).init(createKey(0)))).toEqual(shapes(expected));
  });

  it('names the missing parameter', () => {
    const layer = swinLayer({ width: 8, heads: 2, windowSide: 2 });
    const { 'layernorm_after.bias': _, ...incomplete } = layer.init(createKey(0));
    expect(() => layer.apply(incomplete, normal(createKey(1), [1, 15, 8]), { grid: { height: 3, width: 5 } })).toThrow(
      'layernorm_after.bias',
    );
  });
});
