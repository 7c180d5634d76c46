import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { add, grad, grads, mul, sub, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectSlopes } from '../../test/slopes.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { applyLayerNorm, layerNorm } from './layer-norm.ts';

const key = createKey('layer-norm');
const x = () => normal(key.fold('x'), [2, 3, 7], { mean: 4 });
const weight = () => normal(key.fold('weight'), [7]);
const bias = () => normal(key.fold('bias'), [7]);

onBackends('applyLayerNorm', () => {
  it('has gradients of the measured slopes with weight and bias, with either, and with none', async () => {
    await expectSlopes((a, w, b) => applyLayerNorm(a as Tensor, w, b), [x(), weight(), bias()]);
    await expectSlopes((a, w) => applyLayerNorm(a as Tensor, w), [x(), weight()]);
    await expectSlopes((a, b) => applyLayerNorm(a as Tensor, undefined, b), [x(), bias()]);
    await expectSlopes((a) => applyLayerNorm(a as Tensor), [x()]);
  });

  it('does not change when all features shift or grow alike', async () => {
    const plain = await applyLayerNorm(x(), weight(), bias(), 0).data();
    expectClose(await applyLayerNorm(add(mul(x(), 8), 64), weight(), bias(), 0).data(), plain, { atol: 2e-5, rtol: 1e-5 });
  });

  it('is right where the mean is 100,000 deviations away, and so is its gradient', async () => {
    const offset = add(mul(normal(key, [3, 1024]), 0.0625), 6400);
    const centered = sub(offset, 6400); // exact: the two are within a factor of two
    const dy = normal(key.fold('dy'), [3, 1024]);
    const norm = (each: Tensor): Tensor => applyLayerNorm(each);
    expectClose(await norm(offset).data(), await norm(centered).data(), { atol: 2e-5, rtol: 1e-5 });
    expectClose(await grad(norm)(offset, dy).data(), await grad(norm)(centered, dy).data(), { atol: 3e-4, rtol: 1e-5 });
  });

  it('gives the bias for a row without any deviation', async () => {
    expect(await applyLayerNorm(tensor([3, 3], [1, 2]), tensor([5, 5]), tensor([1, 2])).array()).toEqual([[1, 2]]);
  });

  it('with epsilon 0 gives the bias for a row of zeros or of equal numbers, and gradients as if the row were not there', async () => {
    const rows = tensor([0, 0, 0, 5, 5, 5, 1, 2, 3], [3, 3]);
    const [w, b, dy] = [tensor([2, 3, 4]), tensor([1, -1, 7]), tensor([1, 2, 4, 1, 2, 4, 0, 0, 0], [3, 3])];
    const norm = (x: Tensor, weight: Tensor, bias: Tensor): Tensor => applyLayerNorm(x, weight, bias, 0);
    const root = Math.sqrt(1.5);
    expectClose(await norm(rows, w, b).data(), [1, -1, 7, 1, -1, 7, 1 - 2 * root, -1, 7 + 4 * root], { atol: 1e-5, rtol: 0 });
    const [dx, dWeight, dBias] = grads(norm)([rows, w, b], dy) as [Tensor, Tensor, Tensor];
    expectClose(await dx.data(), new Array<number>(9).fill(0), { atol: 0, rtol: 0 });
    expectClose(await dWeight.data(), [0, 0, 0], { atol: 0, rtol: 0 });
    expectClose(await dBias.data(), [2, 4, 8], { atol: 1e-6, rtol: 0 });
  });

  it('leaks nothing, forward, backward or where it throws', async () => {
    const given = [x(), weight(), bias()] as const;
    expect(await leaked(() => applyLayerNorm(...given))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => grads((a, w, b) => applyLayerNorm(a as Tensor, w, b))([...given]))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => applyLayerNorm(given[0], zeros([3])))).toEqual({ tensors: 1, buffers: 1 }); // the zeros
  });
});

onBackends('layerNorm', () => {
  it('starts as plain normalisation and has no parameters without weight', async () => {
    const [affine, plain] = [layerNorm({ width: 7 }), layerNorm({ width: 7, weight: false })];
    const parameters = affine.init(createKey(1));
    expect([Object.keys(parameters), Object.keys(plain.init(createKey(1)))]).toEqual([['weight', 'bias'], []]);
    expectClose(await affine.apply(parameters, x()).data(), await plain.apply({}, x()).data(), { atol: 0, rtol: 0 });
  });

  it('throws for another size and for a negative epsilon', () => {
    expect(() => layerNorm({ width: 6, weight: false }).apply({}, x())).toThrow('layerNorm: x must have the shape [');
    expect(() => layerNorm({ width: 6, epsilon: -1 })).toThrow('layerNorm: epsilon must be finite and not negative.');
  });
});
