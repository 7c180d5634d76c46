import { alibi, createKey, keyLengths, padding } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { answers, defined, definition, drawn, expectClose, leaked, onBackends, tensorOf } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { add, dispose, mul, ones, slice, sub, type Tensor, tensor, tensor1d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  applySegmentAttention,
  causal,
  everything,
  keysAt,
  type Mask,
  type Segment,
  type SegmentRoute,
  segments,
  slidingWindow,
} from '../../index.ts';

const lengths = fc.record({ text: integer(1, 9), image: integer(1, 14), video: integer(1, 17) });
const name = fc.constantFrom('text', 'image', 'video');
const mask = fc.constantFrom(everything(), causal(), slidingWindow({ left: 2, right: 1 }));
const anyRoute: fc.Arbitrary<SegmentRoute> = fc.oneof(
  fc.record({ from: name, to: name, mask }),
  fc.record({ from: name, to: name, topK: integer(1, 3) }),
  fc.record({ from: name, to: name, mask, topK: integer(1, 3) }),
);

const part = (x: Tensor, { start, end }: Segment): Tensor => {
  const [batch = 0, heads = 0, , width = 0] = x.shape;
  return slice(x, [0, 0, start, 0], [batch, heads, end - start, width]);
};

onBackends('applySegmentAttention', () => {
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
            routes.map(async ({ topK, ...route }) => {
              const from = parts.queries.find((segment) => segment.name === route.from)!;
              const to = parts.keys.find((segment) => segment.name === route.to)!;
              const allows = (route.mask as Mask | undefined)?.allows;
              if (topK === undefined) return { from, to, allows, blocks: undefined, width: 0 };
              const scores = await defined([inputs.q, inputs.k], (q, k) =>
                reference.blockScores(part(q, from), part(k, to), { blockSize }),
              );
              const width = Math.min(topK, Math.ceil((to.end - to.start) / blockSize));
              return { from, to, allows, blocks: reference.highestBlocks(scores, topK), width };
            }),
          );
          const found = await answers(inputs, ([q, k, v]) => {
            const { selected, ...rest } = applySegmentAttention(q!, k!, v!, { segments: parts, routes, blockSize });
            return { ...rest, ...Object.fromEntries(selected.map((list, at) => [`selected ${at}`, list])) };
          });
          const lists = ways.flatMap(({ blocks, width }) => (blocks === undefined ? [] : [reference.flatChoices(blocks, width)]));
          for (const [at, list] of lists.entries()) expect(Array.from(found[`selected ${at}`]!)).toEqual(list);
          const expected = await definition(inputs, ([q, k, v]) => ({ ...reference.segmentAttention(q!, k!, v!, ways, blockSize) }));
          for (const [name, values] of Object.entries(expected)) expectClose(found[name]!, values, { atol: 1e-5, rtol: 2e-4 }, name);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('ALiBi sees the distances of the sequence, not those of the filled blocks', async () => {
    const parts = segments({ text: 3, image: 5 });
    const inputs = { q: drawn(createKey('q'), 1, 1, 8, 2), k: drawn(createKey('k'), 1, 1, 8, 2), v: drawn(createKey('v'), 1, 1, 8, 2) };
    const routes = ['text', 'image'].flatMap((from) => ['text', 'image'].map((to) => ({ from, to, mask: everything() })));
    const steep = { segments: parts, routes, blockSize: 4, score: [alibi(tensor1d([100]))] };
    const { out } = await answers(inputs, ([q, k, v]) => ({ out: applySegmentAttention(q!, k!, v!, steep).out }));
    expectClose(out!, inputs.v.values, { atol: 1e-5, rtol: 0 }); // so steep that each token sees itself alone
  });

  it('padding changes nothing: neither what is seen nor which blocks are chosen, nor a mask that is made for the lengths', async () => {
    const [text, image] = [5, 9];
    const parts = segments({ text, image });
    const routes: readonly SegmentRoute[] = [
      { from: 'text', to: 'text', mask: ({ queryLength }) => keysAt([queryLength - 1]).or(causal()) },
      { from: 'text', to: 'image', topK: 1 },
      { from: 'image', to: 'image', mask: slidingWindow({ left: 1, right: 1 }), topK: 1 },
    ];
    const marks = [0, 1].map((row) =>
      Array.from({ length: text + image }, (_, at) => (row === 1 && [3, 6, 9, 10, 11, 12, 13].includes(at) ? 0 : 1)),
    );
    const [ones2, threes] = [drawn(createKey('x'), 2, 2, text + image, 4), drawn(createKey('y'), 2, 2, text + image, 4)];
    const [one, other] = [tensorOf(ones2), tensorOf(threes)];
    const real = tensor(marks.flat(), [2, 1, text + image, 1]);
    const junk = add(mul(one, real), mul(mul(other, 100), sub(1, real)));
    const run = (x: Tensor) => {
      const given = padding(marks);
      return applySegmentAttention(x, x, x, { segments: parts, routes, blockSize: 3, padding: given, queryPadding: given });
    };
    const [found, expected] = [run(junk), run(one)];
    for (const [at, list] of found.selected.entries()) {
      expect(Array.from(await list.data())).toEqual(Array.from(await (expected.selected[at] as Tensor).data()));
    }
    expectClose(await mul(found.out, real).data(), await mul(expected.out, real).data(), { atol: 1e-5, rtol: 1e-5 });
    // The last block of row 1's image is padding as a whole.
    expect(Array.from(await (found.selected[0] as Tensor).data()).slice(4)).not.toContain(2);
  });

  it('leaves no tensor behind', async () => {
    const x = tensorOf(drawn(createKey('x'), 1, 2, 8, 4));
    const options = { segments: segments({ text: 3, image: 5 }), routes: [{ from: 'text', to: 'image', topK: 1 }], blockSize: 2 };
    const run = (): Tensor[] => {
      const { selected, ...rest } = applySegmentAttention(x, x, x, options);
      return [...selected, ...Object.values(rest)];
    };
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
    const wrong = { ...options, score: [keyLengths(tensor1d([1, 2], 'int32'))] };
    expect(() => applySegmentAttention(x, x, x, wrong)).toThrow('lengths must have the shape [');
    dispose(x);
  });
});

it('says what is wrong with segments and routes', () => {
  const x = ones([1, 1, 8, 4]);
  const parts = segments({ text: 3, image: 5 });
  expect(() =>
    applySegmentAttention(x, x, x, { segments: segments({ text: 3, image: 4 }), routes: [{ from: 'text', to: 'image', topK: 1 }] }),
  ).toThrow(
    `applySegmentAttention: the segments must be as long as q.
  expected  text 3 + image 4 = 7 tokens
  got       8 (set by q)
  remedy    give every token a segment, or cut the tensors.`,
  );
  expect(() => applySegmentAttention(x, x, x, { segments: parts, routes: [{ from: 'text', to: 'image' }] })).toThrow(
    'the route from text to image must have a mask or topK.',
  );
  expect(() => applySegmentAttention(x, x, x, { segments: parts, routes: [{ from: 'text', to: 'sound', topK: 1 }] })).toThrow(
    'a segment must be one of the keys',
  );
  expect(() => applySegmentAttention(x, x, x, { segments: parts, routes: [{ from: 'text', to: 'image', topK: 0 }] })).toThrow(
    'topK must be an integer',
  );
});
