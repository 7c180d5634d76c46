import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import {
  add,
  cast,
  clone,
  concat,
  div,
  grads,
  greater,
  mean,
  mul,
  sigmoid,
  sqrt,
  square,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../key/index.ts';
import { writeSafetensors } from '../safetensors/index.ts';
import { normal } from '../tensor/random.ts';
import { defineLayer } from './define-layer.ts';
import { feedForward } from './feed-forward.ts';
import { gatedFeedForward } from './gated-feed-forward.ts';
import type { LayerContext } from './layer.ts';
import { applyLayerNorm } from './layer-norm.ts';
import { applyLinear, linear } from './linear.ts';
import { applyRmsNorm, rmsNorm } from './rms-norm.ts';
import { loadParameters, saveParameters } from './save-parameters.ts';
import { transformerLayer } from './transformer-layer.ts';

const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);
const close = { atol: 2e-6, rtol: 2e-5 };
interface Reading extends LayerContext {
  readonly encoder: { readonly hidden: Tensor };
}

const none = { tensors: 0, buffers: 0 };

/** The gradients of all arguments under a random cotangent. */
const gradientsOf = (run: (...given: Tensor[]) => Tensor, given: readonly Tensor[]): readonly Tensor[] =>
  grads((...tensors: Tensor[]) => tidy(() => sum(mul(run(...tensors), draw('cotangent', run(...given).shape)))))([...given]);

async function expectSame(ours: readonly Tensor[], expected: readonly Tensor[]): Promise<void> {
  expect(ours.length).toBe(expected.length);
  for (const [at, one] of ours.entries()) expectClose(await one.data(), await (expected[at] as Tensor).data(), close);
}

onBackends('rmsNorm', () => {
  const plain = (x: Tensor, weight: Tensor): Tensor => mul(div(x, sqrt(add(mean(square(x), -1, true), 1e-6))), weight);

  it('gives the values and gradients of its definition', async () => {
    const given = [mul(draw('x', [2, 3, 5]), 3), draw('weight', [5])];
    await expectSame([applyRmsNorm(given[0] as Tensor, given[1])], [plain(given[0] as Tensor, given[1] as Tensor)]);
    await expectSame(
      gradientsOf((x, weight) => applyRmsNorm(x as Tensor, weight), given),
      gradientsOf((x, weight) => plain(x as Tensor, weight as Tensor), given),
    );
  });

  it('with epsilon 0 gives zeros for a row of zeros, and no gradient', async () => {
    const x = tensor2d([0, 0, 3, 4], [2, 2]);
    const [weight, dy] = [tensor1d([2, 2]), tensor2d([5, 6, 5, 6], [2, 2])];
    const size = Math.sqrt(12.5);
    expectClose(await applyRmsNorm(x, weight, 0).data(), [0, 0, 6 / size, 8 / size], close);
    const [dx, dWeight] = grads((a: Tensor, b: Tensor) => applyRmsNorm(a, b, 0))([x, weight], dy) as [Tensor, Tensor];
    // Of the second row: (s − normal · mean(s · normal)) / size with s = dy · weight.
    const along = (10 * 3 + 12 * 4) / 2 / 12.5;
    expectClose(await dx.data(), [0, 0, (10 - 3 * along) / size, (12 - 4 * along) / size], close);
    expectClose(await dWeight.data(), [15 / size, 24 / size], close);
  });

  it('has no parameters without a weight, and leaks nothing', async () => {
    expect([Object.keys(rmsNorm({ width: 5 }).spec), Object.keys(rmsNorm({ width: 5, weight: false }).spec)]).toEqual([['weight'], []]);
    const x = draw('x', [2, 5]);
    await expectSame([rmsNorm({ width: 5, weight: false }).apply({}, x)], [plain(x, tensor1d([1, 1, 1, 1, 1]))]);
    expect(await leaked(() => grads((given: Tensor) => sum(applyRmsNorm(given)))([x]))).toEqual(none);
  });
});

onBackends('gatedFeedForward', () => {
  it.each([
    ['silu', (x: Tensor) => mul(x, sigmoid(x))],
    ['relu', (x: Tensor) => mul(x, cast(greater(x, 0), 'float32'))],
  ] as const)('%s: outer(activation(gate) · inner), with separate and with joint rows', async (activation, open) => {
    const [separate, joint] = [
      { gate: 'wi_0', inner: 'wi_1', outer: 'wo' },
      { both: 'Wi', outer: 'Wo' },
    ].map((names) => gatedFeedForward({ width: 3, innerWidth: 4, activation, bias: true, names })) as [
      ReturnType<typeof gatedFeedForward>,
      ReturnType<typeof gatedFeedForward>,
    ];
    expect(Object.keys(separate.spec)).toEqual(['wi_0.weight', 'wi_0.bias', 'wi_1.weight', 'wi_1.bias', 'wo.weight', 'wo.bias']);
    const p = separate.init(createKey(1)) as Record<string, Tensor>;
    const at = (name: string): Tensor => p[name] as Tensor;
    const x = draw('x', [2, 5, 3]);
    const expected = applyLinear(
      mul(open(applyLinear(x, at('wi_0.weight'), at('wi_0.bias'))), applyLinear(x, at('wi_1.weight'), at('wi_1.bias'))),
      at('wo.weight'),
      at('wo.bias'),
    );
    const both = {
      'Wi.weight': concat([at('wi_0.weight'), at('wi_1.weight')]),
      'Wi.bias': concat([at('wi_0.bias'), at('wi_1.bias')]),
      'Wo.weight': at('wo.weight'),
      'Wo.bias': at('wo.bias'),
    };
    await expectSame([separate.apply(p, x), joint.apply(both, x)], [expected, expected]);
  });

  it('drops of the inner features while training alone, by the key', async () => {
    const plain = gatedFeedForward({ width: 3, innerWidth: 4 });
    const dropping = gatedFeedForward({ width: 3, innerWidth: 4, innerDropout: 0.5 });
    const p = plain.init(createKey(1));
    const x = draw('x', [2, 5, 3]);
    const at = async (context: object): Promise<ArrayLike<number>> => dropping.apply(p, x, context).data();
    const whole = await plain.apply(p, x).data();
    expectClose(await at({}), whole, { atol: 0, rtol: 0 });
    const [once, again] = [await at({ training: true, key: createKey(2) }), await at({ training: true, key: createKey(2) })];
    expectClose(once, again, { atol: 0, rtol: 0 });
    expect(Array.from(once)).not.toEqual(Array.from(whole));
  });

  it('says which activations there are', () => {
    expect(() => gatedFeedForward({ width: 3, innerWidth: 4, activation: 'swish' as 'silu' })).toThrow(
      'gatedFeedForward: activation must be one of gelu, geluTanh, relu, silu.',
    );
  });
});

onBackends('transformerLayer', () => {
  const inner = linear({ inFeatures: 4, outFeatures: 4 });

  it.each(['pre', 'post'] as const)('%s-norm is attention and feed-forward, each with residual and norm', async (norm) => {
    const layer = transformerLayer({ width: 4, attention: inner, feedForward: feedForward({ width: 4, innerWidth: 6 }), norm });
    const p = layer.init(createKey(3)) as Record<string, Tensor>;
    p['attentionNorm.weight'] = draw('scale', [4]);
    const at = (name: string): Tensor => p[name] as Tensor;
    const x = draw('x', [2, 3, 4]);
    const normed = (of: Tensor, name: string) => applyLayerNorm(of, at(`${name}.weight`), at(`${name}.bias`));
    const attend = (of: Tensor) => applyLinear(of, at('attention.weight'), at('attention.bias'));
    const feed = (of: Tensor) =>
      feedForward({ width: 4, innerWidth: 6 }).apply(
        Object.fromEntries(['inner.weight', 'inner.bias', 'outer.weight', 'outer.bias'].map((name) => [name, at(`feedForward.${name}`)])),
        of,
      );
    const expected =
      norm === 'pre'
        ? tidy(() => {
            const middle = add(x, attend(normed(x, 'attentionNorm')));
            return add(middle, feed(normed(middle, 'feedForwardNorm')));
          })
        : tidy(() => {
            const middle = normed(add(x, attend(x)), 'attentionNorm');
            return normed(add(middle, feed(middle)), 'feedForwardNorm');
          });
    await expectSame([layer.apply(p, x)], [expected]);
  });

  it('takes the names of a checkpoint, other norms, cross attention and layers with state', async () => {
    const counting = defineLayer({
      name: 'counting',
      reads: ['encoder'],
      states: ['count'],
      run: ({ state }, x, { encoder }: Reading) => ({
        hidden: add(x, encoder.hidden),
        state: { count: ((state.find('count') as number | undefined) ?? 0) + 1 },
      }),
    });
    const layer = transformerLayer({
      width: 4,
      attention: inner,
      crossAttention: counting,
      makeNorm: () => rmsNorm({ width: 4 }),
      names: { attention: 'SelfAttention', feedForwardNorm: 'layer_norm' },
    });
    expect(Object.keys(layer.spec)).toEqual([
      'attentionNorm.weight',
      'SelfAttention.weight',
      'SelfAttention.bias',
      'crossAttentionNorm.weight',
      'layer_norm.weight',
      'feedForward.inner.weight',
      'feedForward.inner.bias',
      'feedForward.outer.weight',
      'feedForward.outer.bias',
    ]);
    const [parameters, x, encoder] = [layer.init(createKey(1)), draw('x', [1, 3, 4]), { hidden: draw('e', [1, 3, 4]) }];
    const { state } = layer.apply(parameters, x, { encoder });
    expect(layer.apply(parameters, x, { encoder, state }).state).toEqual({ 'crossAttention.count': 2 });
  });

  it('drops features in training only, in each branch others', async () => {
    const layer = transformerLayer({ width: 4, attention: inner, hiddenDropout: 0.5 });
    const [parameters, x] = [layer.init(createKey(1)), draw('x', [2, 3, 4])];
    const run = (seed: number) => layer.apply(parameters, x, { training: true, key: createKey(seed) }).data();
    expect(await run(1)).toEqual(await run(1));
    expect(await run(2)).not.toEqual(await run(1));
    expect(await layer.apply(parameters, x).data()).toEqual(await layer.apply(parameters, x, { key: createKey(1) }).data());
    expect(() => layer.apply(parameters, x, { training: true })).toThrow('transformerLayer: training with dropout needs a key.');
  });
});

describe('saveParameters and loadParameters', () => {
  beforeAll(() => withBackend('cpu'));

  it('give back names, shapes, types and numbers', async () => {
    const given = { 'a.weight': draw('w', [2, 3]), 'a.ids': tensor1d([1, -2], 'int32'), flag: tensor1d([true, false], 'bool') };
    const back = loadParameters(await saveParameters(given, { metadata: { made: 'here' } }));
    expect(Object.keys(back).sort()).toEqual(Object.keys(given).sort());
    for (const [name, tensor] of Object.entries(given)) {
      expect([back[name]?.dtype, back[name]?.shape, await back[name]?.data()]).toEqual([tensor.dtype, tensor.shape, await tensor.data()]);
    }
  });

  it('read only what a layer needs below a prefix, and say what it lacks', async () => {
    const layer = linear({ inFeatures: 3, outFeatures: 2 });
    const bytes = await saveParameters({
      'encoder.weight': zeros([2, 3]),
      'encoder.bias': zeros([2]),
      'encoder.scale': zeros([1]),
      other: zeros([1]),
    });
    expect(Object.keys(loadParameters(bytes, { prefix: 'encoder', layer })).sort()).toEqual(['bias', 'weight']);
    expect(() => loadParameters(bytes, { layer: linear({ inFeatures: 3, outFeatures: 2 }) })).toThrow(
      'loadParameters: the file must hold every parameter of linear in its shape.\n  expected  missing: weight, bias\n  got       4 tensors',
    );
    expect(() => loadParameters(bytes, { prefix: 'encoder', layer: linear({ inFeatures: 4, outFeatures: 2 }) })).toThrow(
      'of another shape: weight',
    );
    expect(() => loadParameters(writeSafetensors({ tensors: {} }), { layer })).toThrow('missing: weight, bias');
  });

  it('leave nothing behind', async () => {
    const given = { w: draw('w', [2, 3]) };
    const bytes = await saveParameters(given);
    expect(await leaked(() => loadParameters(bytes))).toEqual(none);
    expect(await leaked(async () => void (await saveParameters(given)))).toEqual(none);
    expect(clone(given.w).shape).toEqual([2, 3]);
  });
});
