import { alibi, createKey, keyLengths } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { answers, defined, definition, drawn, expectClose, leaked, onBackends, tensorOf } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, ones, slice, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { causal, everything, type Segment, type SegmentRoute, segmentAttention, segments, slidingWindow } from '../../index.ts';

const lengths = fc.record({ text: integer(1, 9), image: integer(1, 14), video: integer(1, 17) });
const name = fc.constantFrom('text', 'image', 'video');
const mask = fc.constantFrom(everything(), causal(), slidingWindow({ left: 2, right: 1 }));
const anyRoute: fc.Arbitrary<SegmentRoute> = fc.oneof(
  fc.record({ from: name, to: name, mask }),
  fc.record({ from: name, to: name, topK: integer(1, 3) }),
  fc.record({ from: name, to: name, mask, topK: integer(1, 3) }),
);

const part = (x: Tensor, { start, end }: Segment): Tensor => slice(x, [0, 0, start, 0], [-1, -1, end - start, -1]);

onBackends('segmentAttention', () => {
  it('equals one softmax over all that the routes show, by masks and by chosen blocks, and its gradients', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          b: integer(1, 2),
          hkv: integer(1, 2),
          shared: integer(1, 2),
          d: integer(1, 5),
          dv: integer(1, 4),
          ofQueries: lengths,
          ofKeys: fc.option(lengths, { nil: undefined }),
          routes: fc.array(anyRoute, { minLength: 1, maxLength: 5 }),
          blockSize: fc.constantFrom(1, 3, 4, 8),
          seed: integer(0, 1e6),
        }),
        async ({ b, hkv, shared, d, dv, ofQueries, ofKeys, routes, blockSize, seed }) => {
          const parts = segments(ofQueries, ofKeys);
          const [h, nq, nk] = [hkv * shared, parts.queries.at(-1)!.end, parts.keys.at(-1)!.end];
          const [one, two, three] = createKey(seed).split(3);
          const inputs = { q: drawn(one!, b, h, nq, d), k: drawn(two!, b, hkv, nk, d), v: drawn(three!, b, hkv, nk, dv) };
          const ways = await Promise.all(
            routes.map(async ({ topK, mask, ...names }) => {
              const from = parts.queries.find((segment) => segment.name === names.from)!;
              const to = parts.keys.find((segment) => segment.name === names.to)!;
              const allows = (query: number, key: number): boolean => mask?.allows(query, key) ?? false;
              if (topK === undefined) return { from, to, allows };
              const scores = await defined([inputs.q, inputs.k], (q, k) =>
                reference.blockScores(part(q, from), part(k, to), { blockSize }),
              );
              return { from, to, allows, topK, blocks: reference.highestBlocks(scores, topK) };
            }),
          );
          const found = await answers(inputs, ([q, k, v]) => {
            const { chosen, ...rest } = segmentAttention(q!, k!, v!, { segments: parts, routes, blockSize });
            return { ...rest, ...Object.fromEntries(chosen.map((list, at) => [`chosen ${at}`, list])) };
          });
          const lists = ways.flatMap(({ blocks, topK, to }) => {
            if (blocks === undefined) return [];
            return [reference.flatChoices(blocks, Math.min(topK, Math.ceil((to.end - to.start) / blockSize)))];
          });
          for (const [at, list] of lists.entries()) expect(Array.from(found[`chosen ${at}`]!)).toEqual(list);
          const expected = await definition(inputs, ([q, k, v]) => ({ ...reference.segmentAttention(q!, k!, v!, ways, blockSize) }));
          for (const [name, values] of Object.entries(expected)) expectClose(found[name]!, values, { atol: 1e-5, rtol: 2e-4 }, name);
        },
      ),
      { numRuns: 20, seed: 4 },
    );
  });

  it('ALiBi sees the distances of the sequence, not those of the filled blocks', async () => {
    const parts = segments({ text: 3, image: 5 });
    const inputs = { q: drawn(createKey('q'), 1, 1, 8, 2), k: drawn(createKey('k'), 1, 1, 8, 2), v: drawn(createKey('v'), 1, 1, 8, 2) };
    const routes = ['text', 'image'].flatMap((from) => ['text', 'image'].map((to) => ({ from, to, mask: everything() })));
    const steep = { segments: parts, routes, blockSize: 4, score: [alibi(tensor1d([100]))] };
    const { out } = await answers(inputs, ([q, k, v]) => ({ out: segmentAttention(q!, k!, v!, steep).out }));
    expectClose(out!, inputs.v.values, { atol: 1e-5, rtol: 0 }); // so steep that each token sees itself alone
  });

  it('leaves no tensor behind', async () => {
    const x = tensorOf(drawn(createKey('x'), 1, 2, 8, 4));
    const options = { segments: segments({ text: 3, image: 5 }), routes: [{ from: 'text', to: 'image', topK: 1 }], blockSize: 2 };
    const run = (): Tensor[] => {
      const { chosen, ...rest } = segmentAttention(x, x, x, options);
      return [...chosen, ...Object.values(rest)];
    };
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
    const wrong = { ...options, score: [keyLengths(tensor1d([1, 2], 'int32'))] };
    expect(() => segmentAttention(x, x, x, wrong)).toThrow('lengths does not fit');
    dispose(x);
  });
});

it('says what is wrong with segments and routes', () => {
  const x = ones([1, 1, 8, 4]);
  const parts = segments({ text: 3, image: 5 });
  expect(() => segmentAttention(x, x, x, { segments: segments({ text: 3, image: 4 }), routes: [] })).toThrow(
    `segmentAttention: the segments are not as long as q.
  expected  text 3 + image 4 = 7 tokens
  got       8 (set by q)
  remedy    give every token a segment, or cut the tensors.`,
  );
  expect(() => segmentAttention(x, x, x, { segments: parts, routes: [{ from: 'text', to: 'image' }] })).toThrow(
    'does not say what is seen',
  );
  expect(() => segmentAttention(x, x, x, { segments: parts, routes: [{ from: 'text', to: 'sound', topK: 1 }] })).toThrow('no such segment');
  expect(() => segmentAttention(x, x, x, { segments: parts, routes: [{ from: 'text', to: 'image', topK: 0 }] })).toThrow(
    'topK must be an integer',
  );
});
