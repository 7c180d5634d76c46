import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { dispose, grad, grads, mul, square, sum, type Tensor, train, type Variable, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { unpackWeight } from '../weight/pack-weight.ts';
import type { PackedKind } from '../weight/packed-weight.ts';
import { chain } from './chain.ts';
import { compareParameters } from './check-parameters.ts';
import { applyFeedForward, feedForward } from './feed-forward.ts';
import { gatedFeedForward } from './gated-feed-forward.ts';
import type { Layer } from './layer.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import { packParameters } from './pack-parameters.ts';
import { disposeParameters, type Parameters } from './parameters.ts';
import { residual } from './residual.ts';
import { loadParameters, saveParameters } from './save-parameters.ts';
import { trainable } from './trainable.ts';

const kinds: readonly PackedKind[] = ['float16', 'int8'];
const key = createKey('packed');
const x = () => normal(key.fold('x'), [2, 3, 6]);
const tight = { atol: 1e-5, rtol: 1e-5 };

const layers: Readonly<Record<string, Layer>> = {
  linear: linear({ inFeatures: 6, outFeatures: 5 }),
  'linear without a bias': linear({ inFeatures: 6, outFeatures: 5, bias: false }),
  feedForward: feedForward({ width: 6, innerWidth: 9 }),
  'feedForward in chunks': feedForward({ width: 6, innerWidth: 9, chunkLength: 4 }),
  gatedFeedForward: gatedFeedForward({ width: 6, innerWidth: 7, activation: 'silu' }),
  'gatedFeedForward, both in one': gatedFeedForward({ width: 6, innerWidth: 7, bias: true, names: { both: 'Wi', outer: 'Wo' } }),
  'a chain': chain({
    norm: layerNorm({ width: 6 }),
    feed: residual(feedForward({ width: 6 })),
    out: linear({ inFeatures: 6, outFeatures: 2 }),
  }),
};

/** What the layer computes with: the packed weights widened, all else as it was. */
const widened = async (layer: Layer, packed: Parameters): Promise<Parameters> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(layer.spec).map(async ([name, { shape }]) => {
        const [numbers, scale] = [packed[name] as Tensor, packed[`${name}_scale`]];
        if (numbers.dtype !== 'int32') return [name, numbers];
        const of = shape as readonly number[] as readonly [number, number];
        const weight =
          scale === undefined ? ({ kind: 'float16', numbers, shape: of } as const) : ({ kind: 'int8', numbers, scale, shape: of } as const);
        return [name, await unpackWeight(weight)];
      }),
    ),
  );

onBackends('packParameters', (_, kernels) => {
  for (const kind of kinds) {
    // Our kernels round rows to 14 bits at least for products of whole numbers: at most 3 of x, by weights whose rows add up to at most 4.
    const rounded = kind === 'int8' && kernels === 'ours' ? (3 * 4) / 16_382 : 0;
    it.each(Object.entries(layers))(`${kind}: %s gives what it gives by the widened weights, with the gradient of x`, async (_, layer) => {
      const packed = await packParameters(layer, layer.init(key), kind);
      const plain = await widened(layer, packed);
      expect(Object.values(packed).filter(({ dtype }) => dtype === 'int32').length).toBeGreaterThan(0);
      expectClose(await layer.apply(packed, x()).data(), await layer.apply(plain, x()).data(), { ...tight, atol: tight.atol + rounded });
      const dx = (of: Parameters): Tensor => grad((input: Tensor) => sum(square(layer.apply(of, input))))(x());
      expectClose(await dx(packed).data(), await dx(plain).data(), { atol: 5e-5 + 10 * rounded, rtol: 1e-5 });
      expect(await leaked(() => layer.apply(packed, x()))).toMatchObject({ tensors: 1 }); // x
    });
  }

  it('gives biases their gradients in chunks, and the two weights of a layer may be of two kinds', async () => {
    const layer = feedForward({ width: 6, innerWidth: 9 });
    const [half, int8] = [await packParameters(layer, layer.init(key), 'float16'), await packParameters(layer, layer.init(key), 'int8')];
    const mixed = {
      innerWeight: { kind: 'float16', numbers: half['inner.weight'] as Tensor, shape: [9, 6] },
      outerWeight: { kind: 'int8', numbers: int8['outer.weight'] as Tensor, scale: int8['outer.weight_scale'], shape: [6, 9] },
    } as const;
    const given = [x(), half['inner.bias'] as Tensor, half['outer.bias'] as Tensor];
    const run =
      (chunkLength?: number) =>
      (...[input, innerBias, outerBias]: Tensor[]): Tensor =>
        sum(
          square(
            applyFeedForward(
              input as Tensor,
              { ...mixed, innerBias: innerBias as Tensor, outerBias: outerBias as Tensor },
              { chunkLength },
            ),
          ),
        );
    const [whole, chunked] = [grads(run())(given), grads(run(4))(given)];
    for (const [at, each] of whole.entries())
      expectClose(await (chunked[at] as Tensor).data(), await each.data(), { atol: 5e-5, rtol: 1e-5 });
    expect(await leaked(() => grads(run(4))(given))).toEqual({ tensors: 0, buffers: 0 });
    expect(() =>
      grads((numbers: Tensor) => {
        const outerWeight = { ...mixed.outerWeight, numbers };
        return sum(
          applyFeedForward(
            x(),
            { ...mixed, outerWeight, innerBias: given[1] as Tensor, outerBias: given[2] as Tensor },
            { chunkLength: 4 },
          ),
        );
      })([mixed.outerWeight.numbers]),
    ).toThrow('a packed weight must be a constant of the loss.');
    const one = { ...mixed, outerWeight: zeros([6, 9]), innerBias: zeros([9]), outerBias: zeros([6]) };
    expect(applyFeedForward(x(), one).shape).toEqual([2, 3, 6]);
    expect(() => applyFeedForward(x(), one, { chunkLength: 4 })).toThrow(
      'applyFeedForward: innerWeight and outerWeight must both be packed, or neither, where chunkLength is given.\n' +
        '  expected  two tensors, or two packed weights\n' +
        '  got       innerWeight packed, outerWeight float32\n' +
        '  remedy    pack the other one too, or leave chunkLength out.',
    );
    expect(() =>
      applyFeedForward(x(), { ...mixed, outerWeight: half['inner.bias'] as Tensor, innerBias: zeros([9]), outerBias: zeros([6]) }),
    ).toThrow('outerWeight must be of rank 2.');
  });

  it.each(kinds)('%s: is saved and loaded for the layer, and compared with it', async (kind) => {
    const layer = layers['a chain'] as Layer;
    const packed = await packParameters(layer, layer.init(key), kind);
    expect(compareParameters(layer, packed)).toEqual({ missing: [], unexpected: [], misshapen: [] });
    const loaded = loadParameters(await saveParameters({ ...packed, other: zeros([1]) }), { layer });
    expect(Object.keys(loaded).sort()).toEqual(Object.keys(packed).sort());
    expect(await layer.apply(loaded, x()).data()).toEqual(await layer.apply(packed, x()).data());
    // Packed once more it is what it was: nothing is packed twice.
    const again = await packParameters(layer, packed, 'float16');
    expect(await layer.apply(again, x()).data()).toEqual(await layer.apply(packed, x()).data());
  });

  it('an optimiser moves what is not packed, and leaves packed weights as they are', async () => {
    const layer = layers['feedForward'] as Layer;
    const packed = await packParameters(layer, layer.init(key), 'int8');
    const weights = trainable(packed);
    const [before, beforeBias] = await Promise.all(
      [packed['inner.weight'] as Tensor, packed['inner.bias'] as Tensor].map((each) => each.data()),
    );
    const variables: Variable[] = Object.values(weights);
    train.sgd(0.5).minimize(() => sum(square(layer.apply(weights, x()))).asScalar(), false, variables);
    expect(await (weights['inner.weight'] as Tensor).data()).toEqual(before);
    expect(await (weights['inner.weight_scale'] as Tensor).data()).toEqual(await (packed['inner.weight_scale'] as Tensor).data());
    expect(await (weights['inner.bias'] as Tensor).data()).not.toEqual(beforeBias);
    disposeParameters(weights);
  });

  it('says what a packed parameter must be, and what cannot be packed', async () => {
    const layer = linear({ inFeatures: 5, outFeatures: 2 });
    const numbers = zeros([2, 4], 'int32');
    expect(() => layer.apply({ weight: numbers, bias: zeros([2]) }, zeros([1, 5]))).toThrow(
      'linear: the parameter weight must hold the packed numbers of a weight [2, 5].\n' +
        '  expected  int32 [2, 3] of float16; or int32 [2, 2] of int8, and weight_scale [2]\n' +
        '  got       int32 [2, 4], no weight_scale\n' +
        '  remedy    give the record of packParameters, or of a file that was saved of it.',
    );
    expect(compareParameters(layer, { weight: numbers, bias: zeros([2]) }).misshapen).toEqual(['weight']);
    const parameters = layer.init(key);
    await expect(packParameters(layer, { weight: parameters['weight'] as Tensor }, 'int8')).rejects.toThrow(
      'the parameter bias must be given.',
    );
    const infinite = { ...parameters, weight: mul(parameters['weight'] as Tensor, Number.POSITIVE_INFINITY) };
    expect(await leaked(async () => ({ ...(await packParameters(layer, infinite, 'int8')) }))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(async () => ({ ...(await packParameters(layer, parameters, 'int8')) }))).toEqual({ tensors: 0, buffers: 0 });
    dispose({ ...parameters });
  });
});
