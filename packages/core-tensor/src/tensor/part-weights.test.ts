import { onBackends } from '@longspan/tooling/expect';
import { grads, mul, sum, type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { partWeights, zeroIfMasked } from './part-weights.ts';

const { NEGATIVE_INFINITY } = Number;

onBackends('partWeights', () => {
  it('are the weights of the parts of a whole, 0 of an empty part, and 0 of a whole that is empty', async () => {
    const parts = tensor2d([
      [0, Math.log(3), NEGATIVE_INFINITY],
      [NEGATIVE_INFINITY, NEGATIVE_INFINITY, NEGATIVE_INFINITY],
    ]);
    const weights = await partWeights(parts, tensor2d([Math.log(4), NEGATIVE_INFINITY], [2, 1])).data();
    expect(Array.from(weights, (weight) => Math.round(weight * 1e6) / 1e6)).toEqual([0.25, 0.75, 0, 0, 0, 0]);
  });

  it('have the gradients of an exponential, and none where the whole is empty', async () => {
    const [part, whole] = [tensor1d([0, NEGATIVE_INFINITY, NEGATIVE_INFINITY]), tensor1d([Math.log(4), 0, NEGATIVE_INFINITY])];
    const cotangent = tensor1d([8, 8, 8]);
    const found = grads((p: Tensor, w: Tensor) => sum(mul(partWeights(p, w), cotangent)))([part, whole]);
    const [ofPart, ofWhole] = await Promise.all(found.map(async (each) => Array.from(await each.data(), Math.round)));
    expect([ofPart, ofWhole]).toEqual([
      [2, 0, 0],
      [-2, 0, 0],
    ]);
  });

  it('zeroIfMasked leaves what belongs to rows that attend to a key', async () => {
    const logSumExp = tensor1d([1, NEGATIVE_INFINITY]);
    expect([...(await zeroIfMasked(logSumExp).data()), ...(await zeroIfMasked(logSumExp, tensor1d([5, 6])).data())]).toEqual([1, 0, 5, 0]);
  });
});
