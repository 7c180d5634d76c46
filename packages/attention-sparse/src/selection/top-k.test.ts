import { createKey } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { answers, defined, definition, drawn, expectClose, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { ones, tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { causal, documents, everything, keyPadding, type Mask, perHead, slidingWindow, topKAttention } from '../index.ts';

interface Case {
  readonly b: number;
  readonly hkv: number;
  readonly shared: number;
  readonly nq: number;
  readonly nk: number;
  readonly d: number;
  readonly dv: number;
  readonly topK: number;
  readonly mask: Mask;
  readonly seed: number;
}

const anyCase: fc.Arbitrary<Case> = fc.record({
  b: integer(1, 2),
  hkv: integer(1, 2),
  shared: integer(1, 3),
  nq: integer(1, 23),
  nk: integer(1, 29),
  d: integer(1, 6),
  dv: integer(1, 5),
  topK: integer(1, 8),
  mask: fc.constantFrom(
    everything(),
    causal(),
    slidingWindow({ left: 4, right: 2 }),
    documents([0, 0, 0, 1, 1, 1, 0, 2]),
    keyPadding({ lengths: 7 }),
  ),
  seed: integer(0, 1e6),
});

onBackends('topKAttention', () => {
  it('equals softmax over the highest scores of each row, and its gradients', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ b, hkv, shared, nq, nk, d, dv, topK, mask, seed }) => {
        const h = hkv * shared;
        const [one, two, three] = createKey(seed).split(3);
        const inputs = { q: drawn(one!, b, h, nq, d), k: drawn(two!, b, hkv, nk, d), v: drawn(three!, b, hkv, nk, dv) };
        const scores = await defined([inputs.q, inputs.k], reference.topKScores);
        const keys = reference.topKKeys(scores, topK, (query, key) => mask.allows(query + nk - nq, key));
        const { selected, ...found } = await answers(inputs, ([q, k, v]) => ({ ...topKAttention(q!, k!, v!, { topK, mask }) }));
        const expected = await definition(inputs, ([q, k, v]) => ({ ...reference.topKAttention(q!, k!, v!, reference.marksOf(keys, nk)) }));
        expect(Array.from(selected!)).toEqual(reference.flatChoices(keys, Math.min(topK, nk)));
        for (const [name, values] of Object.entries(expected)) expectClose(found[name]!, values, { atol: 5e-6, rtol: 1e-4 }, name);
      }),
      { numRuns: 15 },
    );
  });

  it('keeps to a mask per head', async () => {
    const mask = perHead([causal(), slidingWindow({ left: 0, right: 3 })]);
    const inputs = { q: drawn(createKey('q'), 1, 2, 9, 3), k: drawn(createKey('k'), 1, 2, 9, 3), v: drawn(createKey('v'), 1, 2, 9, 2) };
    const scores = await defined([inputs.q, inputs.k], reference.topKScores);
    const keys = reference.topKKeys(scores, 3, (query, key, head) => mask.select({ head }).allows(query, key));
    const { selected } = await answers(inputs, ([q, k, v]) => ({ ...topKAttention(q!, k!, v!, { topK: 3, mask }) }));
    expect(Array.from(selected!)).toEqual(reference.flatChoices(keys, 3));
  });

  it('a scale of its own reaches the weights; a negative one turns the choice around', async () => {
    const [q, k, v] = [ones([1, 1, 1, 1]), tensor([1, 2, 3], [1, 1, 3, 1]), tensor([10, 20, 30], [1, 1, 3, 1])];
    const { out, selected } = topKAttention(q, k, v, { topK: 2, scale: -Math.log(3) });
    expect(Array.from(await selected.data())).toEqual([0, 1]);
    expectClose(await out.data(), [0.75 * 10 + 0.25 * 20], { atol: 1e-5, rtol: 0 });
  });
});

it('says what topK must be, and that queryOffset is whole', () => {
  const x = ones([1, 1, 4, 2]);
  expect(() => topKAttention(x, x, x, { topK: 0 })).toThrow(
    `topKAttention: topK must be an integer of at least 1.
  expected  an integer, 1 or more
  got       0
  remedy    give topK as a count.`,
  );
  expect(() => topKAttention(x, x, x, { topK: 1, queryOffset: 0.5 })).toThrow('queryOffset must be an integer');
  expect(() => topKAttention(x, ones([1, 1, 4, 3]), x, { topK: 1 })).toThrow('k must have the shape [');
  expect(() => topKAttention(ones([1, 3, 4, 2]), ones([1, 2, 4, 2]), ones([1, 2, 4, 2]), { topK: 1 })).toThrow('query heads');
});
