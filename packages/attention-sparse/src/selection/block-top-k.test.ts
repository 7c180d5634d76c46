import { createKey, softCap } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { answers, defined, definition, drawn, effort, expectClose, leaked, onBackends, tensorOf } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, ones, type Tensor, type TensorContainer, tensor4d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  blockTopK,
  blockTopKAttention,
  causal,
  documents,
  globalTokens,
  type Mask,
  nothing,
  perHead,
  selectBlocks,
  slidingWindow,
  sparseAttention,
} from '../index.ts';

const masks: readonly Mask[] = [
  nothing(),
  causal(),
  slidingWindow({ left: 5, right: 3 }),
  globalTokens([0, 9]).or(slidingWindow({ left: 2, right: 0 })),
  documents([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]),
];
const anyCase = fc.record({
  b: integer(1, 2),
  hkv: integer(1, 2),
  shared: integer(1, 2),
  nq: integer(1, 31),
  more: integer(-6, 12),
  d: integer(1, 6),
  dv: integer(1, 5),
  blockSize: fc.constantFrom(1, 3, 4, 8, 16),
  topK: integer(1, 4),
  mask: fc.constantFrom(...masks),
  candidates: fc.constantFrom(undefined, ...masks, masks[2]!.not()),
  causal: fc.boolean(),
  seed: integer(0, 1e6),
});

onBackends('blockTopKAttention', () => {
  it('equals one softmax over the union of the mask and the chosen blocks, and its gradients', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ b, hkv, shared, nq, more, d, dv, mask, seed, ...sizes }) => {
        const [h, nk] = [hkv * shared, Math.max(1, nq + more)];
        const [one, two, three] = createKey(seed).split(3);
        const inputs = { q: drawn(one!, b, h, nq, d), k: drawn(two!, b, hkv, nk, d), v: drawn(three!, b, hkv, nk, dv) };
        const { blockSize, topK, causal: forward, candidates } = sizes;
        const tokens = (block: number, length: number): number[] =>
          reference.upTo(blockSize, (at) => block * blockSize + at).filter((token) => token < length);
        /** Blocks whose pairs are all candidates; causal ones end before the block's first query, and count queries to come where the mask knows any. */
        const mayChoose = (block: number, other: number): boolean => {
          const positions = tokens(block, Number.POSITIVE_INFINITY).map((query) => query + nk - nq);
          const own = positions.slice(0, nq - block * blockSize);
          const keys = tokens(other, nk);
          const late = forward && keys.some((key) => key >= positions[0]!);
          const isKnownAfter = positions
            .slice(own.length)
            .some((p) => reference.upTo(nk, Number).some((key) => candidates?.allows(p, key)));
          const asked = forward && isKnownAfter ? positions : own;
          return !late && asked.every((p) => keys.every((key) => candidates?.allows(p, key) ?? true));
        };
        const scores = await defined([inputs.q, inputs.k], (q, k) => reference.blockScores(q, k, { blockSize, causal: forward }));
        const blocks = reference.highestBlocks(scores, topK, mayChoose);
        const isVisible = ({ batch, head, query, key }: reference.Pair): boolean => {
          const known = mask.allows(query + nk - nq, key) && !(forward && key > query + nk - nq);
          return known || blocks[batch]![head]![Math.floor(query / blockSize)]!.includes(Math.floor(key / blockSize));
        };
        const options = { blockSize, topK, causal: forward, mask, ...(candidates ? { candidates } : {}) };
        const { selected, ...found } = await answers(inputs, ([q, k, v]) => ({ ...blockTopKAttention(q!, k!, v!, options) }));
        expect(Array.from(selected!)).toEqual(reference.flatChoices(blocks, Math.min(topK, Math.ceil(nk / blockSize))));
        const expected = await definition(inputs, ([q, k, v]) => {
          const counts = reference.visiblePairs({ batch: b, heads: h, queries: nq, keys: nk }, isVisible);
          return { ...reference.softmaxAttention(q!, k!, v!, { counts }) };
        });
        for (const [name, values] of Object.entries(expected)) expectClose(found[name]!, values, { atol: 1e-5, rtol: 2e-4 }, name);
      }),
      { numRuns: effort(8, 25) },
    );
  });

  it('without a mask a causal query sees at least the last block of tokens, and a score term reaches chosen blocks too', async () => {
    const inputs = { q: drawn(createKey('q'), 1, 1, 12, 3), k: drawn(createKey('k'), 1, 1, 12, 3), v: drawn(createKey('v'), 1, 1, 12, 2) };
    const options = { topK: 12, blockSize: 3, causal: true, score: [softCap(1e9)], scale: 0.7 };
    const { out } = await answers(inputs, ([q, k, v]) => ({ out: blockTopKAttention(q!, k!, v!, options).out }));
    const expected = await definition(inputs, ([q, k, v]) => {
      const counts = reference.visibleTokens(12, (query, key) => key <= query);
      return { ...reference.softmaxAttention(q!, k!, v!, { counts, scale: 0.7 }) };
    });
    expectClose(out!, expected.out!, { atol: 1e-5, rtol: 1e-4 });
    const squeezed = await answers(inputs, ([q, k, v]) => ({
      out: blockTopKAttention(q!, k!, v!, { ...options, score: [softCap(0.1)] }).out,
    }));
    expect(squeezed.out!.some((value, at) => Math.abs(value - out![at]!) > 0.05)).toBe(true);
  });

  it('candidates per head keep each head to its own', async () => {
    const candidates = perHead([causal(), nothing()]);
    const x = tensorOf(drawn(createKey('x'), 1, 2, 12, 4));
    const lists = await blockTopK(x, x, { topK: 2, blockSize: 4, candidates }).data();
    expect(Array.from(lists)).toEqual([-1, -1, 0, -1, 0, 1, -1, -1, -1, -1, -1, -1]);
  });

  it('a list of selectBlocks joins a mask in sparseAttention, and leaves nothing behind', async () => {
    const x = tensorOf(drawn(createKey('x'), 1, 1, 8, 4));
    const scores = tensor4d([1, 2, 3, 4], [1, 1, 2, 2]);
    const run = (): TensorContainer =>
      tidy(() => {
        const selected = selectBlocks(scores, { topK: 1, queryLength: 8, keyLength: 8, blockSize: 4 });
        return { ...sparseAttention(x, x, x, { mask: slidingWindow({ left: 0, right: 0 }), selected, blockSize: 4 }) };
      });
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => ({ ...blockTopKAttention(x, x, x, { topK: 1, blockSize: 4, causal: true }) }))).toEqual({
      tensors: 0,
      buffers: 0,
    });
    dispose([x, scores]);
  });
});

it('says what does not fit, before anything is computed', async () => {
  const x = ones([1, 2, 8, 4]);
  const wrong = (): Tensor => selectBlocks(ones([1, 2, 2, 3]), { topK: 1, queryLength: 8, keyLength: 8, blockSize: 4 });
  expect(wrong).toThrow(
    `selectBlocks: scores must have one number for each pair of blocks.
  expected  [b, h, 2, 2]  (8 and 8 tokens in blocks of 4)
  got       [1, 2, 2, 3]
  remedy    give the lengths and the block size that the scores were made with.`,
  );
  expect(() => blockTopK(x, x, { topK: 0 })).toThrow('blockTopK: topK must be an integer of at least 1');
  expect(() => blockTopK(x, x, { topK: 1, blockSize: 0.5 })).toThrow('blockTopK: blockSize must be an integer from 1 to 4096');
  expect(() => blockTopK(x, x, { topK: 1, candidates: perHead([causal(), causal(), causal()]) })).toThrow(
    'candidates must be made for these sizes',
  );
  expect(() => blockTopK(ones([1, 3, 8, 4]), x, { topK: 1 })).toThrow(
    'the number of query heads must be a multiple of the number of key heads.',
  );
  const score = [{ kind: 'softCap', cap: 0 } as const];
  expect(await leaked(() => ({ ...blockTopKAttention(x, x, x, { topK: 1, score }) }))).toEqual({ tensors: 0, buffers: 0 });
  expect(() => blockTopKAttention(x, x, x, { topK: 1, score })).toThrow('softCap');
});
