import { documents } from '@longspan/attention-sparse';
import { createKey, normal, padding } from '@longspan/core-tensor';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { slice, tensor2d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { modernbertModel } from './index.ts';

const sizes = {
  vocabSize: 20,
  padTokenId: 1,
  hiddenSize: 8,
  numHiddenLayers: 4,
  numAttentionHeads: 2,
  intermediateSize: 12,
  localAttention: 6,
};
const [first, second] = [
  [3, 4, 5, 6, 7, 8, 9, 10, 11],
  [12, 13, 14, 15, 3],
];
const close = { atol: 2e-5, rtol: 2e-4 };

onBackends('texts that are packed into one row', () => {
  const model = modernbertModel(sizes);
  const parameters = () =>
    Object.fromEntries(
      Object.entries(model.spec).map(([name, { shape }]) => [name, normal(createKey(name), shape, { standardDeviation: 0.4 })]),
    );
  const row = (ids: readonly number[]) => tensor2d([...ids], [1, ids.length], 'int32');

  it('are computed as each of them alone', async () => {
    const own = parameters();
    const ids = [...first, ...second, 1, 1];
    const mask = documents([...first.map(() => 0), ...second.map(() => 1), 2, 2]);
    const { hidden } = model.apply(own, row(ids), { mask, padding: padding([ids.map((id) => (id === 1 ? 0 : 1))]) });
    expectClose(await slice(hidden, [0, 0, 0], [1, 9, 8]).data(), await model.apply(own, row(first)).hidden.data(), close);
    expectClose(await slice(hidden, [0, 9, 0], [1, 5, 8]).data(), await model.apply(own, row(second)).hidden.data(), close);
  });

  it('see each other without the mask', async () => {
    const own = parameters();
    const { hidden } = model.apply(own, row([...first, ...second]));
    const alone = await model.apply(own, row(first)).hidden.data();
    const together = await slice(hidden, [0, 0, 0], [1, 9, 8]).data();
    expect(Math.max(...alone.map((value, at) => Math.abs(value - (together[at] as number))))).toBeGreaterThan(1e-3);
  });
});
