import { createKey, keyLengths, normal } from '@longspan/core-tensor';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { concat, slice, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { causal, globalTokens, keyPadding, type Mask, slidingWindow, sparseAttention, strided } from '../src/index.ts';

const [b, h, n, d] = [2, 3, 61, 7];
const draw = (name: string, length = n): Tensor => normal(createKey(name), [b, h, length, d]);
const exactly = { atol: 0, rtol: 0 };

/** The same tensor with other numbers from token `from` on. */
const changedFrom = (x: Tensor, from: number): Tensor => concat([slice(x, [0, 0, 0, 0], [b, h, from, d]), draw('other', n - from)], 2);

onBackends('sparseAttention', () => {
  it.each<[string, Mask]>([
    ['a causal mask', causal()],
    [
      'a causal window with global tokens',
      slidingWindow({ left: 9, right: 9 })
        .or(globalTokens([0, 50]))
        .and(causal()),
    ],
    ['the strided pattern', strided({ stride: 7 })],
  ])('under %s, changing a token changes no output before it, and changes its own', async (_, mask) => {
    const [q, k, v] = [draw('q'), draw('k'), draw('v')];
    for (const at of [1, 16, 40, 60]) {
      const before = sparseAttention(q, k, v, { mask, blockSize: 16 }).out;
      const after = sparseAttention(changedFrom(q, at), changedFrom(k, at), changedFrom(v, at), { mask, blockSize: 16 }).out;
      const until = (x: Tensor): Promise<Float32Array> => slice(x, [0, 0, 0, 0], [b, h, at, d]).data<'float32'>();
      const own = (x: Tensor): Promise<Float32Array> => slice(x, [0, 0, at, 0], [b, h, 1, d]).data<'float32'>();
      expectClose(await until(after), await until(before), exactly);
      expect(await own(after)).not.toEqual(await own(before));
    }
  });

  it.each([
    ['a mask', () => ({ mask: keyPadding({ lengths: [41, 41] }) })],
    ['key lengths', () => ({ score: [keyLengths(tensor1d([41, 41], 'int32'))] })],
  ])('hides padded keys by %s: what they hold changes nothing', async (_, hide) => {
    const [q, k, v] = [draw('q'), draw('k'), draw('v')];
    const options = { blockSize: 16, queryOffset: 0, ...hide() };
    const one = sparseAttention(q, k, v, options);
    const other = sparseAttention(q, changedFrom(k, 41), changedFrom(v, 41), options);
    const cut = (x: Tensor): Tensor => slice(x, [0, 0, 0, 0], [b, h, 41, d]);
    const without = sparseAttention(q, cut(k), cut(v), { blockSize: 16, queryOffset: 0 });
    expectClose(await one.out.data(), await other.out.data(), exactly);
    expectClose(await one.out.data(), await without.out.data(), { atol: 1e-6, rtol: 1e-5 });
  });

  it('a small window differs from full attention: nothing falls back to it', async () => {
    const [q, k, v] = [draw('q'), draw('k'), draw('v')];
    const near = await sparseAttention(q, k, v, { mask: slidingWindow({ left: 2, right: 2 }) }).out.data();
    const full = await sparseAttention(q, k, v).out.data();
    expect(near.filter((value, at) => Math.abs(value - (full[at] as number)) > 0.1).length).toBeGreaterThan(near.length / 2);
  });
});
