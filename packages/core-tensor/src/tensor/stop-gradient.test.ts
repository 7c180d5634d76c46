import { leaked, onBackends } from '@longspan/tooling/expect';
import { grad, memory, mul, type Tensor, tensor1d, topk } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { stopGradient } from './stop-gradient.ts';

onBackends('stopGradient', () => {
  it('the numbers outlive the tensor they came from', async () => {
    const before = memory().numTensors;
    const x = tensor1d([1, -2, 3]);
    const same = stopGradient(x);
    x.dispose();
    expect([...(await same.data())]).toEqual([1, -2, 3]);
    same.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('the tensor outlives what stopGradient made of it', async () => {
    const x = tensor1d([1, -2, 3]);
    stopGradient(x).dispose();
    expect([...(await x.data())]).toEqual([1, -2, 3]);
  });

  it('an operation without a gradient, of stopGradient numbers, does not stop a gradient that goes around it', async () => {
    const x = tensor1d([1, -2, 3]);
    const slope = grad((y: Tensor) => mul(y, topk(stopGradient(y), 3).values));
    expect([...(await slope(x).data())]).toEqual([3, 1, -2]);
  });

  it('keeps the type, and leaks nothing under the tape', async () => {
    const ids = tensor1d([4, 5], 'int32');
    expect(stopGradient(ids).dtype).toBe('int32');
    const x = tensor1d([2, 5]);
    expect(await leaked(() => grad((y: Tensor) => mul(stopGradient(y), y))(x))).toEqual({ tensors: 0, buffers: 0 });
  });
});
