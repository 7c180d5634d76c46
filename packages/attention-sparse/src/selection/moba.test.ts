import { createKey } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { answers, defined, definition, drawn, effort, expectClose, onBackends, tensorOf } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { ones, slice, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mobaAttention } from '../index.ts';

const anyCase = fc.record({
  b: integer(1, 2),
  hkv: integer(1, 2),
  shared: integer(1, 3),
  n: integer(1, 45),
  d: integer(1, 6),
  dv: integer(1, 5),
  chunkSize: fc.constantFrom(1, 3, 4, 7, 16, 20),
  topK: integer(1, 4),
  causal: fc.boolean(),
  seed: integer(0, 1e6),
});

onBackends('mobaAttention', () => {
  it('equals softmax over the chunks that the paper has each query choose, and its gradients', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ b, hkv, shared, n, d, dv, chunkSize, topK, causal, seed }) => {
        const h = hkv * shared;
        const [one, two, three] = createKey(seed).split(3);
        const inputs = { q: drawn(one!, b, h, n, d), k: drawn(two!, b, hkv, n, d), v: drawn(three!, b, hkv, n, dv) };
        const gates = await defined([inputs.q, inputs.k], (q, k) => reference.mobaGates(q, k, chunkSize));
        const chunks = reference.mobaChunks(gates, { chunkSize, topK, causal });
        const count = Math.ceil(n / chunkSize);
        const { selected, ...found } = await answers(inputs, ([q, k, v]) => ({
          ...mobaAttention(q!, k!, v!, { blockSize: chunkSize, topK, causal }),
        }));
        const expected = await definition(inputs, ([q, k, v]) => ({
          ...reference.mobaAttention(q!, k!, v!, { chosen: reference.marksOf(chunks, count), chunkSize, causal }),
        }));
        expect(Array.from(selected!)).toEqual(reference.flatChoices(chunks, Math.min(topK, count)));
        for (const [name, values] of Object.entries(expected)) expectClose(found[name]!, values, { atol: 1e-5, rtol: 2e-4 }, name);
      }),
      { numRuns: effort(5, 15) },
    );
  });

  it('decodes: queries against the keys so far give the rows of one call, token by token and several at a time', async () => {
    const [q, k, v] = ['q', 'k', 'v'].map((name, at) => tensorOf(drawn(createKey(name), 2, at === 0 ? 4 : 2, 23, 5))) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const tokens = (x: Tensor, from: number, to: number): Tensor => slice(x, [0, 0, from, 0], [-1, -1, to - from, -1]);
    const options = { blockSize: 4, topK: 3, causal: true };
    const whole = mobaAttention(q, k, v, options);
    for (const [from, to] of [...Array.from({ length: 23 }, (_, at) => [at, at + 1] as const), [3, 9], [10, 23]] as const) {
      const step = mobaAttention(tokens(q, from, to), tokens(k, 0, to), tokens(v, 0, to), options);
      expectClose(await step.out.data(), await tokens(whole.out, from, to).data(), { atol: 1e-6, rtol: 1e-5 });
      // Keys after the query are there, and masked.
      const early = mobaAttention(tokens(q, from, to), k, v, { ...options, queryOffset: from });
      expectClose(await early.out.data(), await tokens(whole.out, from, to).data(), { atol: 1e-6, rtol: 1e-5 });
    }
  });

  it('with every block selected is plain causal attention; with one it is not', async () => {
    const inputs = { q: drawn(createKey('q'), 1, 2, 21, 4), k: drawn(createKey('k'), 1, 1, 21, 4), v: drawn(createKey('v'), 1, 1, 21, 3) };
    const expected = await definition(inputs, ([q, k, v]) => {
      const counts = reference.visibleTokens(21, (query, key) => key <= query);
      return { ...reference.softmaxAttention(q!, k!, v!, { counts }) };
    });
    const of = (topK: number) =>
      answers(inputs, ([q, k, v]) => ({ out: mobaAttention(q!, k!, v!, { blockSize: 4, topK, causal: true }).out }));
    expectClose((await of(6)).out!, expected.out!, { atol: 1e-5, rtol: 1e-4 });
    const few = (await of(1)).out!;
    expect(few.filter((value, at) => Math.abs(value - expected.out![at]!) > 0.05).length).toBeGreaterThan(few.length / 2);
  });
});

it('refuses sizes that are none, lengths that differ and heads that cannot be shared', () => {
  const x = ones([1, 3, 4, 2]);
  expect(() => mobaAttention(x, x, x, { blockSize: 0, topK: 1 })).toThrow('mobaAttention: blockSize must be an integer of at least 1');
  expect(() => mobaAttention(x, x, x, { blockSize: 2, topK: 1.5 })).toThrow('mobaAttention: topK must be an integer of at least 1');
  expect(() => mobaAttention(x, ones([1, 3, 5, 2]), ones([1, 3, 6, 2]), { blockSize: 2, topK: 1 })).toThrow(
    'mobaAttention: v must have the shape [',
  );
  expect(() => mobaAttention(x, ones([1, 3, 3, 2]), ones([1, 3, 3, 2]), { blockSize: 2, topK: 1 })).toThrow(
    `mobaAttention: there must be at least as many keys as queries.
  expected  4 keys or more  (nq=4 was set by q)
  got       nk=3
  remedy    give the keys of all tokens up to the last query.`,
  );
  expect(() => mobaAttention(x, x, x, { blockSize: 2, topK: 1, queryOffset: 1 })).toThrow(
    `mobaAttention: queryOffset must be an integer from 0 to 0.
  expected  an integer, 0 … 0
  got       1
  remedy    leave it out where the queries are the last tokens.`,
  );
  expect(() => mobaAttention(x, ones([1, 2, 4, 2]), ones([1, 2, 4, 2]), { blockSize: 2, topK: 1 })).toThrow(
    `mobaAttention: the number of query heads must be a multiple of the number of key heads.
  expected  h a multiple of hkv=2 (set by k)
  got       h=3 (set by q)
  remedy    give keys and values a number of heads that divides 3.`,
  );
});
