import { type AttentionResult, createKey, normal } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { fill, grads, mul, reshape, sum, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { mergeAttention, prefix, slidingWindow, sparseAttention } from '../index.ts';

const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);

onBackends('mergeAttention', () => {
  const [b, h, n, d] = [2, 3, 29, 6];

  it('joins attention over the keys before and from 11 on into attention over all of them', async () => {
    const [q, k, v] = [draw('q', [b, h, n, d]), draw('k', [b, h, n, d]), draw('v', [b, h, n, d])] as [Tensor, Tensor, Tensor];
    const window = slidingWindow({ left: 7, right: 2 });
    const early = prefix({ length: 11 });
    const part = (mask: typeof window): AttentionResult => sparseAttention(q, k, v, { mask, blockSize: 8 });
    const joined = mergeAttention(part(window.and(early)), part(window.and(early.not())));
    const whole = part(window);
    expectClose(await joined.out.data(), await whole.out.data(), { atol: 1e-6, rtol: 1e-5 });
    expectClose(await joined.logSumExp.data(), await whole.logSumExp.data(), { atol: 1e-6, rtol: 1e-5 });
  });

  it('gives zeros and −Infinity, and no gradients, where neither side saw a key; one side alone is itself', async () => {
    const lse = (values: number[]): Tensor => tensor(values, [1, 1, 3]);
    const a = { out: tensor([1, 2, 3], [1, 1, 3, 1]), logSumExp: lse([Number.NEGATIVE_INFINITY, 4, Number.NEGATIVE_INFINITY]) };
    const b = { out: tensor([10, 20, 30], [1, 1, 3, 1]), logSumExp: lse([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, -300]) };
    const joined = mergeAttention(a, b);
    expectClose(await joined.out.data(), [0, 2, 30], { atol: 0, rtol: 0 });
    expectClose(await joined.logSumExp.data(), [Number.NEGATIVE_INFINITY, 4, -300], { atol: 0, rtol: 0 });
    const cotangent = tensor([5, 7, 11], [1, 1, 3, 1]);
    const gradients = grads((x: Tensor, lx: Tensor, y: Tensor, ly: Tensor) =>
      reshape(sum(mul(mergeAttention({ out: x, logSumExp: lx }, { out: y, logSumExp: ly }).out, cotangent)), []),
    )([a.out, a.logSumExp, b.out, b.logSumExp]);
    const expected = [
      [0, 7, 0],
      [0, 0, 0],
      [0, 0, 11],
      [0, 0, 0],
    ];
    for (const [at, gradient] of gradients.entries()) expectClose(await gradient.data(), expected[at] as number[], { atol: 0, rtol: 0 });
  });

  it('does not overflow where log-sum-exps are far apart or large', async () => {
    const a = { out: fill([1, 1, 1, 1], 1), logSumExp: fill([1, 1, 1], 500) };
    const b = { out: fill([1, 1, 1, 1], 3), logSumExp: fill([1, 1, 1], 501) };
    const share = 1 / (1 + Math.E);
    const joined = mergeAttention(a, b);
    expectClose(await joined.out.data(), [share + 3 * (1 - share)], { atol: 1e-5, rtol: 0 });
    expectClose(await joined.logSumExp.data(), [501 + Math.log1p(1 / Math.E)], { atol: 1e-4, rtol: 0 });
  });

  it('leaves no tensors behind and says which side does not fit', async () => {
    const side = { out: draw('x', [b, h, n, d]), logSumExp: draw('y', [b, h, n]) };
    expect(await leaked(() => ({ ...mergeAttention(side, side) }))).toEqual({ tensors: 0, buffers: 0 });
    expect(() => mergeAttention(side, { ...side, logSumExp: zeros([b, h, n + 1]) })).toThrow(
      'b.logSumExp must have the shape [b=2, h=3, nq=29].\n  expected  [b=2, h=3, nq=29]  (nq was set by a.out)',
    );
  });
});
