import { sparseAttention } from '@longspan/attention-sparse';
import { applyFeedForward, attentionSink } from '@longspan/core-tensor';
import '@longspan/tooling/expect';
import { grad, grads, ones, sum, type Tensor, tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registered } from './registered.ts';

let leave = (): void => {};
beforeAll(async () => {
  leave = (await registered()).unregister;
});
afterAll(() => leave());

describe.each([Number.NaN, Number.POSITIVE_INFINITY])('a value of %s', (value) => {
  const one = (): Tensor => ones([1, 1, 1, 1]);

  it.each([[[0, 1, 2]], [[1, 0, 2]], [[2, 1, 0]]])(
    'changes nothing where its weight comes to 0, with keys in the order %j',
    async (order) => {
      const placed = (numbers: readonly number[]): Tensor =>
        tensor(
          order.map((at) => numbers[at] as number),
          [1, 1, 3, 1],
        );
      const inputs = [one(), placed([-200, 0, 0]), placed([value, 1, 1])] as const;
      const options = { scale: 1, blockSize: 1 };
      expect([...(await sparseAttention(...inputs, options).out.data())]).toEqual([1]);
      const gradients = grads((...[q, k, v]: Tensor[]) => sum(sparseAttention(q as Tensor, k as Tensor, v as Tensor, options).out))([
        ...inputs,
      ]);
      for (const each of gradients) for (const slope of await each.data()) expect(Number.isFinite(slope)).toBe(true);
    },
  );

  it('nor where a sink takes all the weight', async () => {
    const q = zeros([1, 1, 1, 1]);
    const v = tensor([value], [1, 1, 1, 1]);
    const score = [attentionSink(tensor1d([1000]))];
    expect([...(await sparseAttention(q, q, v, { score }).out.data())]).toEqual([0]);
  });

  it('makes the rows in which it has a weight NaN', async () => {
    const v = tensor([1, value], [1, 1, 2, 1]);
    expect([...(await sparseAttention(one(), zeros([1, 1, 2, 1]), v).out.data())].map(Number.isFinite)).toEqual([false]);
  });
});

it.each([undefined, 1])('a unit that is off hands nothing back, whatever the outer weight holds, in chunks of %s', async (chunkLength) => {
  const weights = {
    innerWeight: tensor2d([
      [1, 1],
      [-1, -1],
    ]),
    innerBias: zeros([2]),
    outerWeight: tensor2d([
      [0.5, Number.POSITIVE_INFINITY],
      [0, 0],
    ]),
    outerBias: zeros([2]),
  };
  const dx = grad((x: Tensor) => applyFeedForward(x, weights, { activation: 'relu', chunkLength }))(tensor2d([[1, 2]]));
  expect([...(await dx.data())]).toEqual([0.5, 0.5]);
});
