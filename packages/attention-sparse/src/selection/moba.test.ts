import { createKey } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { ones } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  answers,
  definedAttention,
  definition,
  dot,
  drawn,
  highest,
  listed,
  type Numbers,
  pairs,
  rowOf,
} from '../../test/chosen/defined-attention.ts';
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

/** §2.2: the mean of each chunk's keys is its score's key; the query's own chunk is +∞, chunks of the future are −∞. */
function chosenChunks(
  q: Numbers,
  k: Numbers,
  { chunkSize, topK, causal }: { readonly chunkSize: number; readonly topK: number; readonly causal: boolean },
): number[][][][] {
  const [b = 0, h = 0, n = 0] = q.shape;
  const [, hkv = 0] = k.shape;
  const chunks = Array.from({ length: Math.ceil(n / chunkSize) }, (_, chunk) => chunk);
  const meanOf = (batch: number, head: number, chunk: number): number[] => {
    const rows: number[][] = [];
    for (let key = chunk * chunkSize; key < Math.min(n, (chunk + 1) * chunkSize); key++) rows.push(rowOf(k, batch, head, key));
    return rows[0]!.map((_, at) => rows.reduce((total, row) => total + row[at]!, 0) / rows.length);
  };
  return Array.from({ length: b }, (_, batch) =>
    Array.from({ length: h }, (_, head) => {
      const means = chunks.map((chunk) => meanOf(batch, Math.floor((head * hkv) / h), chunk));
      return Array.from({ length: n }, (_, query) => {
        const own = Math.floor(query / chunkSize);
        const scores = chunks.map((chunk) => {
          if (chunk === own) return 1e30;
          return causal && chunk > own ? Number.NEGATIVE_INFINITY : dot(rowOf(q, batch, head, query), means[chunk]!);
        });
        return highest(scores, topK);
      });
    }),
  );
}

onBackends('mobaAttention', () => {
  it('equals softmax over the chunks that the paper has each query choose, and its gradients', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ b, hkv, shared, n, d, dv, chunkSize, topK, causal, seed }) => {
        const h = hkv * shared;
        const [one, two, three] = createKey(seed).split(3);
        const inputs = { q: drawn(one!, b, h, n, d), k: drawn(two!, b, hkv, n, d), v: drawn(three!, b, hkv, n, dv) };
        const chunks = chosenChunks(inputs.q, inputs.k, { chunkSize, topK, causal });
        const visible = pairs(
          [b, h, n, n],
          ({ batch, head, query, key }) => chunks[batch]![head]![query]!.includes(Math.floor(key / chunkSize)) && !(causal && key > query),
        );
        const { chosen, ...found } = await answers(inputs, ([q, k, v]) => ({ ...mobaAttention(q!, k!, v!, { chunkSize, topK, causal }) }));
        const expected = await definition(inputs, ([q, k, v]) => definedAttention(q!, k!, v!, visible));
        expect(Array.from(chosen!)).toEqual(chunks.flat(2).flatMap((list) => listed(list, Math.min(topK, Math.ceil(n / chunkSize)))));
        for (const [name, values] of Object.entries(expected)) expectClose(found[name]!, values, { atol: 1e-5, rtol: 2e-4 }, name);
      }),
      { numRuns: 15, seed: 5 },
    );
  });

  it('with every chunk chosen is plain causal attention; with one it is not', async () => {
    const inputs = { q: drawn(createKey('q'), 1, 2, 21, 4), k: drawn(createKey('k'), 1, 1, 21, 4), v: drawn(createKey('v'), 1, 1, 21, 3) };
    const seen = pairs([1, 2, 21, 21], ({ query, key }) => key <= query);
    const expected = await definition(inputs, ([q, k, v]) => definedAttention(q!, k!, v!, seen));
    const of = (topK: number) => answers(inputs, ([q, k, v]) => ({ out: mobaAttention(q!, k!, v!, { chunkSize: 4, topK }).out }));
    expectClose((await of(6)).out!, expected.out!, { atol: 1e-5, rtol: 1e-4 });
    const few = (await of(1)).out!;
    expect(few.filter((value, at) => Math.abs(value - expected.out![at]!) > 0.05).length).toBeGreaterThan(few.length / 2);
  });
});

it('refuses sizes that are none, lengths that differ and heads that cannot be shared', () => {
  const x = ones([1, 3, 4, 2]);
  expect(() => mobaAttention(x, x, x, { chunkSize: 0, topK: 1 })).toThrow('mobaAttention: chunkSize must be an integer of at least 1');
  expect(() => mobaAttention(x, x, x, { chunkSize: 2, topK: 1.5 })).toThrow('mobaAttention: topK must be an integer of at least 1');
  expect(() => mobaAttention(x, ones([1, 3, 5, 2]), ones([1, 3, 5, 2]), { chunkSize: 2, topK: 1 })).toThrow(
    'mobaAttention: k does not fit',
  );
  expect(() => mobaAttention(x, ones([1, 2, 4, 2]), ones([1, 2, 4, 2]), { chunkSize: 2, topK: 1 })).toThrow(
    `mobaAttention: the query heads cannot be shared out among the key heads.
  expected  h a multiple of hkv=2 (set by k)
  got       h=3 (set by q)
  remedy    give k and v a number of heads that divides 3.`,
  );
});
