import { expectClose, onBackends } from '@longspan/tooling/expect';
import { type Tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { isFloat } from '../error/index.ts';
import { applyLayerNorm, applyLinear, applyRmsNorm, crossEntropy, softCap } from '../index.ts';

onBackends('norms at the ends of their range', () => {
  const close = { atol: 2e-6, rtol: 2e-6 };
  const spread = Math.sqrt(1.5);

  it.each([
    ['large', 1e18, 1e-5],
    ['small', 1e-18, 0],
  ] as const)('%s rows have the results of ordinary ones', async (_, size, epsilon) => {
    const rows = tensor2d([[size, -size, 0]]);
    expectClose(await applyLayerNorm(rows, undefined, undefined, epsilon).data(), [spread, -spread, 0], close);
    expectClose(await applyRmsNorm(rows, undefined, epsilon).data(), [spread, -spread, 0], close);
  });

  it.each<[string, (x: Tensor, none: Tensor) => Tensor]>([
    ['applyRmsNorm', (x) => applyRmsNorm(x)],
    ['applyRmsNorm', (x, none) => applyRmsNorm(x, none)],
    ['applyLayerNorm', (x) => applyLayerNorm(x)],
    ['applyLinear', (x) => applyLinear(x, zeros([3, 0]))],
  ])('%s: rows without a number are an error', (name, call) => {
    expect(() => call(zeros([2, 0]), tensor1d([]))).toThrow(
      `${name}: every axis must have at least one element.\n  expected  axis 1 of x of at least 1\n  got       0`,
    );
  });

  it('a smoothed loss of logits at the ends of float32 is finite where its number is', async () => {
    const logits = tensor2d([[3.4e38, -3.4e38, 0]]);
    const loss = await crossEntropy(logits, tensor1d([0], 'int32'), { labelSmoothing: 0.1 }).data();
    expect((loss[0] as number) / 3.4e37).toBeCloseTo(1, 5);
  });
});

it('a number that float32 does not hold is refused as an option', () => {
  expect([isFloat(1e39), isFloat(-1e39), isFloat(3.4e38), isFloat('1')]).toEqual([false, false, true, false]);
  expect(() => softCap(1e39)).toThrow('1e+39, beyond float32');
  expect(() => softCap(1e-50)).toThrow('softCap');
  expect(() => applyLayerNorm(tensor2d([[1, 2]]), undefined, undefined, 1e39)).toThrow('1e+39, beyond float32');
});
