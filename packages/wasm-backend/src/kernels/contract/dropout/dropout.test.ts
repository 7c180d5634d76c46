import { bernoulli, createKey, keyFromWords } from '@longspan/core-tensor';
import { dropoutContract } from '@longspan/core-tensor/kernel';
import { grad, ones, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { againstReference, draw } from '../../../../test/against-reference.ts';
import { onBuilds } from '../../../../test/builds.ts';
import { dropoutKernel } from './dropout.ts';

const call = (shape: readonly number[], rate: number) => () => ({
  inputs: [draw('x', shape)] as const,
  attributes: { rate, key: createKey(shape.length).fold(`${rate}`) },
});

againstReference(dropoutContract, dropoutKernel, [
  { label: 'one number', make: call([1], 0.5) },
  { label: '7 numbers', make: call([7], 0.1) },
  { label: '[3, 5, 11]', make: call([3, 5, 11], 0.3) },
  { label: 'more than one item', make: call([3, 5003], 0.9) },
  { label: 'a rate that is next to nothing', make: call([4, 16], 1e-12) },
  { label: 'nothing', make: call([0, 4], 0.5) },
]);

onBuilds('dropout', (runtime) => {
  it.each([
    { words: [0, 0], rate: 0.5 },
    { words: [0xffffffff, 0x80000000], rate: 0.25 },
    { words: [1, 0x7fffffff], rate: 2 ** -20 },
    { words: [123456789, 987654321], rate: 1 - 2 ** -20 },
  ])('keeps what bernoulli keeps, forward and backward: $words, $rate', async ({ words, rate }) => {
    const key = keyFromWords([words[0] as number, words[1] as number]);
    const x = ones([10_001]);
    const remove = dropoutKernel.add(runtime);
    const [ours] = dropoutContract.kernels('wasm');
    const run = (of: Tensor): Tensor => (ours as NonNullable<typeof ours>).run([of], { rate, key })[0];
    const [y, dx] = [await run(x).data(), await grad(run)(x).data()];
    remove();
    const kept = await bernoulli(key, [10_001], 1 - rate).data();
    const expected = Array.from(kept, (keep) => keep * Math.fround(1 / (1 - rate)));
    expect([...y]).toEqual(expected);
    expect([...dx]).toEqual(expected);
  });
});
