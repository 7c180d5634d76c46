import { chain, createKey, padding } from '@longspan/core-tensor';
import { recomputedLayer } from '@longspan/reversible';
import { below, expectClose, leaked, onBackends, readGolden } from '@longspan/tooling/expect';
import { dispose, grads, mul, sum, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { longformerLayer } from './longformer-layer.ts';

interface HuggingFaceConfig {
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly layer_norm_eps: number;
  readonly attention_window: number | readonly number[];
}

const cases = ['global-cls', 'global-scattered', 'no-global', 'padded', 'left-padded', 'shorter-than-window', 'window-per-layer'];

onBackends('longformerLayer', () => {
  it.each(cases)("equals each layer of Hugging Face's model: %s", async (name) => {
    const golden = await readGolden(`encoders/longformer-${name}`);
    const config = golden.config as object as HuggingFaceConfig;
    const marks = golden.rows('in.attention_mask');
    const context = {
      padding: marks && padding(marks),
      globals: golden.rows('in.global_attention_mask')?.map((row) => [...row.keys()].filter((at) => row[at] === 1)),
    };
    const hidden = (at: number): Tensor => golden.tensors[`out.hidden_states.${at}`] as Tensor;
    for (const at of [0, 1]) {
      const side = [config.attention_window].flat()[at] ?? [config.attention_window].flat()[0]!;
      const layer = longformerLayer({
        width: config.hidden_size,
        heads: config.num_attention_heads,
        innerWidth: config.intermediate_size,
        window: { left: side / 2, right: side / 2 },
        epsilon: config.layer_norm_eps,
        chunkLength: at === 0 ? 7 : undefined,
      });
      const parameters = below(golden.tensors, `param.encoder.layer.${at}.`);
      expect(Object.keys(layer.spec).sort()).toEqual(Object.keys(parameters).sort());
      const out = layer.apply(parameters, hidden(at), context);
      expectClose(await out.data(), await hidden(at + 1).data(), golden.tolerance, `layer ${at}`);
      out.dispose();
    }
    dispose(golden.tensors);
  });

  it('drops features while training, stands in a chain, and recomputed has the same gradients and leaks nothing', async () => {
    const golden = await readGolden('encoders/longformer-global-cls');
    const x = golden.tensors['out.hidden_states.0'] as Tensor;
    const layers = chain({
      '0': longformerLayer({ width: 16, heads: 2, innerWidth: 32, window: { left: 3, right: 3 }, hiddenDropout: 0.2 }),
      '1': longformerLayer({ width: 16, heads: 2, innerWidth: 32, window: { left: 3, right: 3 }, attentionDropout: 0.2 }),
    });
    const parameters = below(golden.tensors, 'param.encoder.layer.');
    const context = { globals: [0], training: true, key: createKey(3) };
    const slope = (layer: typeof layers) => grads((y: Tensor) => sum(mul(layer.apply(parameters, y, context), x)))([x])[0] as Tensor;
    expectClose(await slope(recomputedLayer(layers)).data(), await slope(layers).data(), { atol: 1e-5, rtol: 1e-4 });
    const run = (seed: number) => layers.apply(parameters, x, { ...context, key: createKey(seed) }).data();
    expect(await run(3)).toEqual(await run(3));
    expect(await run(4)).not.toEqual(await run(3));
    expect(await leaked(() => slope(layers))).toEqual({ tensors: 0, buffers: 0 });
    dispose(golden.tensors);
  });
});
