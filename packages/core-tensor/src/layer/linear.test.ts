import { expectClose, leaked, onBackends, poison } from '@longspan/tooling/expect';
import { add, grads, matMul, reshape, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectSlopes } from '../../test/slopes.ts';
import { ConfigError, ShapeError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { applyLinear, linear } from './linear.ts';

const key = createKey('linear');
const x = () => normal(key.fold('x'), [2, 3, 5]);
const weight = () => normal(key.fold('weight'), [7, 5]);
const bias = () => normal(key.fold('bias'), [7]);
const cotangent = () => normal(key.fold('dy'), [2, 3, 7]);
const tolerance = { atol: 1e-5, rtol: 1e-5 };

onBackends('applyLinear', () => {
  it('equals the transposed product of tfjs, with its gradients, for three axes', async () => {
    const stock = (input: Tensor, w: Tensor, b: Tensor): Tensor =>
      reshape(add(matMul(reshape(input, [6, 5]), w, false, true), b), [2, 3, 7]);
    const given = [x(), weight(), bias()];
    poison([[6, 7]]);
    expectClose(await applyLinear(x(), weight(), bias()).data(), await stock(x(), weight(), bias()).data(), tolerance);
    const ours = grads((input, w, b) => applyLinear(input as Tensor, w as Tensor, b))(given, cotangent());
    const theirs = grads(stock)(given, cotangent());
    for (const [at, each] of theirs.entries())
      expectClose(await (ours[at] as Tensor).data(), await each.data(), tolerance, `gradient ${at}`);
  });

  it('has gradients of the measured slopes without a bias, for one axis and for one row', async () => {
    const flat = (input: Tensor, w: Tensor): Tensor => applyLinear(input, w);
    await expectSlopes(flat, [normal(key, [5]), weight()]);
    await expectSlopes(flat, [normal(key, [1, 1]), normal(key, [3, 1])]);
  });

  it('gives no rows for no rows', () => {
    expect(applyLinear(zeros([0, 5]), weight(), bias()).shape).toEqual([0, 7]);
  });

  it('reads a weight that took the place of the last one', async () => {
    const input = tensor([1, 2], [1, 2]);
    expect(await applyLinear(input, tensor([1, 1], [1, 2])).array()).toEqual([[3]]);
    expect(await applyLinear(input, tensor([5, 1], [1, 2])).array()).toEqual([[7]]);
  });

  it('leaks nothing, forward, backward or where it throws', async () => {
    const given = [x(), weight(), bias()] as const;
    expect(await leaked(() => applyLinear(...given))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => grads((a, b, c) => applyLinear(a as Tensor, b as Tensor, c))([...given]))).toEqual({
      tensors: 0,
      buffers: 0,
    });
    expect(await leaked(() => applyLinear(given[1], given[0]))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('names what does not fit', () => {
    expect(() => applyLinear(zeros([2, 3, 4]), weight())).toThrow(
      new ShapeError({
        caller: 'applyLinear',
        problem: 'x must have the shape [..., 5].',
        expected: '[..., 5]  (set by weight)',
        got: '[2, 3, 4]',
        remedy: 'give x 5 along its last axis, or check weight.',
      }),
    );
    expect(() => applyLinear(zeros([2, 5], 'int32'), weight())).toThrow("remedy    give cast(x, 'float32').");
    expect(() => applyLinear(x(), weight(), zeros([5]))).toThrow('bias must have the shape [');
  });
});

onBackends('linear', () => {
  it('draws weights within ±1/√inFeatures, not all on one side, the same for the same key', async () => {
    const layer = linear({ inFeatures: 16, outFeatures: 64 });
    const [first, again, other] = [layer.init(createKey(1)), layer.init(createKey(1)), layer.init(createKey(2))];
    const values = await (first['weight'] as Tensor).data();
    expect(Math.max(...values)).toBeLessThanOrEqual(0.25);
    expect(Math.max(...values)).toBeGreaterThan(0.24);
    expect(Math.min(...values)).toBeLessThan(-0.24);
    expect(await (again['weight'] as Tensor).data()).toEqual(values);
    expect(await (other['weight'] as Tensor).data()).not.toEqual(values);
    expect((first['bias'] as Tensor).shape).toEqual([64]);
  });

  it('applies its parameters, and has no bias where it was told so', async () => {
    const layer = linear({ inFeatures: 2, outFeatures: 1, bias: false });
    expect(Object.keys(layer.init(createKey(1)))).toEqual(['weight']);
    expect(await layer.apply({ weight: tensor([2, 3], [1, 2]) }, tensor([1, 10], [1, 2])).array()).toEqual([[32]]);
  });

  it('throws for an invalid size', () => {
    expect(() => linear({ inFeatures: 0, outFeatures: 2 })).toThrow(
      new ConfigError({
        caller: 'linear',
        problem: 'inFeatures must be an integer of at least 1.',
        expected: 'an integer, 1 or more',
        got: '0',
        remedy: 'give inFeatures as a count.',
      }),
    );
  });
});
