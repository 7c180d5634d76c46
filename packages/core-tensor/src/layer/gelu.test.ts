import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { grad, type Tensor, tensor, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectSlopes } from '../../test/slopes.ts';
import type { GeluApproximation } from '../contracts/gelu/reference.ts';
import { ConfigError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { gelu } from './gelu.ts';

const approximations = ['none', 'tanh'] as const;

onBackends('gelu', () => {
  it.each(approximations)('%s has a gradient of the measured slope', async (approximation) => {
    await expectSlopes((x) => gelu(x as Tensor, approximation), [normal(createKey('gelu'), [3, 1, 5], { standardDeviation: 2 })]);
  });

  it.each(approximations)('%s is 0 and x, with slopes 0 and 1, far out on both sides', async (approximation) => {
    const x = tensor1d([-200, -40, 0, 40, 200]);
    expectClose(await gelu(x, approximation).data(), [0, 0, 0, 40, 200], { atol: 1e-6, rtol: 1e-6 });
    const slopes = grad((each: Tensor) => gelu(each, approximation))(x, tensor1d([1, 1, 1, 1, 1]));
    expectClose(await slopes.data(), [0, 0, 0.5, 1, 1], { atol: 1e-6, rtol: 1e-6 });
  });

  it('differs from its approximation by at most 5e-4, and by more than 3e-4', async () => {
    const x = tensor1d(Array.from({ length: 801 }, (_, at) => (at - 400) / 100));
    const [exact, close] = [await gelu(x).data(), await gelu(x, 'tanh').data()];
    const furthest = Math.max(...exact.map((value, at) => Math.abs(value - (close[at] as number))));
    expect([furthest > 3e-4, furthest < 5e-4]).toEqual([true, true]);
  });

  it('leaks nothing and rejects what it does not know', async () => {
    const x = tensor([1, -2], [2, 1]);
    expect(await leaked(() => grad((each: Tensor) => gelu(each))(x))).toEqual({ tensors: 0, buffers: 0 });
    expect(() => gelu(x, 'sigmoid' as GeluApproximation)).toThrow(ConfigError);
    expect(() => gelu(tensor1d([1], 'int32'))).toThrow('gelu: x must be float32.');
  });
});
