import {
  createKey,
  disposeParameters,
  feedForward,
  type Layer,
  linear,
  loadParameters,
  normal,
  type Parameters,
  packParameters,
  residual,
  saveParameters,
  trainable,
  unpackWeight,
} from '@longspan/core-tensor';
import { differentiated } from '@longspan/core-tensor/kernel';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { dispose, mul, type Scalar, sum, type Tensor, tensor2d, tidy, variableGrads, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { kitModel } from '../../test/kit-model.ts';
import { named } from '../optimizer/selection.ts';
import { lora } from './lora.ts';

const { logits: model } = kitModel({
  vocabulary: 11,
  width: 6,
  layers: { one: residual(feedForward({ width: 6, innerWidth: 10 })), two: residual(feedForward({ width: 6, innerWidth: 10 })) },
});
const ids = (): Tensor => tensor2d([[1, 5, 10, 0, 3]], [1, 5], 'int32');

/** Adapters that change something: at first B is 0. */
const lively = (layer: Layer, key: string): Parameters =>
  tidy(() => Object.fromEntries(Object.entries(layer.spec).map(([name, { shape }]) => [name, normal(createKey(key).fold(name), shape)])));

onBackends('lora over a weight that is infinite', () => {
  it('leaves the other weights of its row what they are', async () => {
    const layer = linear({ inFeatures: 2, outFeatures: 2 });
    const packed = await packParameters(
      layer,
      {
        weight: tensor2d([
          [1, 1e6],
          [2, 3],
        ]),
        bias: zeros([2]),
      },
      'float16',
    );
    const adapted = lora(layer, packed, { rank: 1 });
    const merged = adapted.merged(adapted.init(createKey(1)));
    expect([...((await merged['weight']?.data()) ?? [])]).toEqual([1, Number.POSITIVE_INFINITY, 2, 3]);
  });
});

onBackends('lora', () => {
  it('gives at first what the layer gives, and later what its merged weights give', async () => {
    const base = model.init(createKey(1));
    const adapted = lora(model, base, { rank: 3, alpha: 6 });
    const first = adapted.init(createKey(2));
    const adapters = lively(adapted, 'adapters');
    const merged = adapted.merged(adapters);
    const x = ids();
    const [plain, start, own, same] = [
      model.apply(base, x),
      adapted.apply(first, x),
      adapted.apply(adapters, x),
      model.apply(merged, x),
    ] as const;
    expectClose(await start.data(), await plain.data(), { atol: 1e-6, rtol: 1e-6 }, 'at first');
    expectClose(await own.data(), await same.data(), { atol: 1e-5, rtol: 1e-5 }, 'merged');
    const away = tidy(() =>
      sum(mul(own, own))
        .sub(sum(mul(plain, plain)))
        .abs(),
    );
    expect((await away.data())[0]).toBeGreaterThan(1e-2); // the adapters do change it
    dispose([plain, start, own, same, x, away]);
    for (const record of [base, first, adapters, merged]) disposeParameters(record);
  });

  it('lets gradients reach the adapters alone, and they are those of the merged weights through B A', async () => {
    const layer = linear({ inFeatures: 4, outFeatures: 3 });
    const base = trainable(layer.init(createKey(1)));
    const adapted = lora(layer, base, { rank: 2, alpha: 3 });
    const adapters = trainable(lively(adapted, 'adapters'));
    const x = normal(createKey('x'), [5, 4]);
    const cotangent = normal(createKey('cotangent'), [5, 3]);
    const { value, grads } = variableGrads((): Scalar => sum(mul(adapted.apply(adapters, x), cotangent)));
    expect(Object.keys(grads).sort()).toEqual(
      Object.values(adapters)
        .map(({ name }) => name)
        .sort(),
    );
    const merged = adapted.merged(adapters);
    const whole = differentiated(() => sum(mul(layer.apply(merged, x), cotangent)), [merged['weight'] as Tensor]);
    const [dWeight] = whole.gradients as readonly Tensor[];
    const expected = tidy(() => ({
      'lora_A.weight': (adapters['lora_B.weight'] as Tensor)
        .transpose()
        .matMul(dWeight as Tensor)
        .mul(1.5),
      'lora_B.weight': (dWeight as Tensor).matMul((adapters['lora_A.weight'] as Tensor).transpose()).mul(1.5),
    }));
    for (const [name, wanted] of Object.entries(expected)) {
      const found = grads[adapters[name as keyof typeof expected]?.name ?? ''] as Tensor;
      expectClose(await found.data(), await wanted.data(), { atol: 1e-5, rtol: 1e-5 }, name);
    }
    dispose([value, grads, whole.value, dWeight as Tensor, expected, x, cotangent]);
    for (const record of [base, adapters, merged]) disposeParameters(record);
  });

  it('takes a base in float16 and int8, whose merged weights are saved as float32', async () => {
    const base = model.init(createKey(1));
    const x = ids();
    for (const kind of ['float16', 'int8'] as const) {
      const packed = await packParameters(model, base, kind);
      const adapted = lora(model, packed, { rank: 2, targets: named('layers.one.*.weight') });
      expect(adapted.targets).toEqual(['layers.one.inner.weight', 'layers.one.outer.weight']);
      const adapters = lively(adapted, kind);
      const merged = adapted.merged(adapters);
      const bytes = await saveParameters(merged);
      const loaded = loadParameters(bytes, { layer: model });
      expect(Object.keys(loaded).sort()).toEqual(Object.keys(merged).sort());
      const target = 'layers.one.inner.weight';
      expect([merged[target]?.dtype, merged[`${target}_scale`], merged['layers.two.inner.weight']?.dtype]).toEqual([
        'float32',
        undefined,
        'int32',
      ]);
      const [own, same] = [adapted.apply(adapters, x), model.apply(loaded, x)] as const;
      expectClose(await own.data(), await same.data(), { atol: 1e-5, rtol: 1e-5 }, kind);
      // With B = 0 nothing is added to what the packed weight holds.
      const empty = adapted.merged(Object.fromEntries(Object.entries(adapters).map(([name, each]) => [name, zeros(each.shape)])));
      const numbers = packed[target] as Tensor;
      const scale = packed[`${target}_scale`];
      const held = await unpackWeight({ kind, numbers, ...(scale && { scale }), shape: [10, 6] });
      expect(await (empty[target] as Tensor).data()).toEqual(await held.data());
      dispose([own, same, held]);
      for (const record of [packed, adapters, merged, loaded, empty]) disposeParameters(record);
    }
    x.dispose();
    disposeParameters(base);
  });

  it('leaves nothing behind, in a step, a merge and a throw', async () => {
    const base = model.init(createKey(1));
    const adapted = lora(model, base, { rank: 2 });
    const adapters = trainable(lively(adapted, 'adapters'));
    const x = ids();
    const step = () => variableGrads((): Scalar => sum(adapted.apply(adapters, x)));
    dispose(step());
    const none = { tensors: 0, buffers: 0 };
    expect(
      await leaked(() => {
        const { value, grads } = step();
        return [value, grads];
      }),
    ).toEqual(none);
    expect(await leaked(() => ({ ...adapted.merged(adapters) }))).toEqual(none);
    expect(await leaked(() => adapted.apply({}, x))).toEqual(none);
    x.dispose();
    for (const record of [base, adapters]) disposeParameters(record);
  });
});

describe('lora', () => {
  beforeAll(() => withBackend('cpu'));

  it('names adapters as peft does, and counts them by its spec', () => {
    const base = model.init(createKey(0));
    const adapted = lora(model, base, { rank: 4, targets: named('*.one.inner.weight', 'embedding.weight') });
    expect(Object.entries(adapted.spec).map(([name, { shape }]) => [name, shape])).toEqual([
      ['embedding.lora_A.weight', [4, 6]],
      ['embedding.lora_B.weight', [11, 4]],
      ['layers.one.inner.lora_A.weight', [4, 6]],
      ['layers.one.inner.lora_B.weight', [10, 4]],
    ]);
    disposeParameters(base);
  });

  it('says what targets and parameters must be', () => {
    const base = model.init(createKey(0));
    expect(() => lora(model, base, { targets: ['*.weight'] as never })).toThrow(
      [
        'lora: targets must be a choice of parameters.',
        "  expected  named('*.query.weight', '*.value.weight'), say",
        '  got       ["*.weight"]',
        '  remedy    give patterns of names to named(); * stands for any text.',
      ].join('\n'),
    );
    expect(() => lora(model, base, { targets: named('*.query.weight') })).toThrow('lora: targets must choose a parameter of the layer.');
    expect(() => lora(model, base, { targets: named('*.one.*') })).toThrow('lora: every target must be a weight [out, in].');
    expect(() => lora(model, base, { rank: 0 })).toThrow('lora: rank must be an integer');
    expect(() => lora(model, {})).toThrow('lora: the parameter embedding.weight must be given.');
    disposeParameters(base);
  });
});
