import { createKey } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { add, addN, concat, matMul, mul, ones, reshape, sigmoid, slice, sum, type Tensor, tensor2d, zeros } from '@tensorflow/tfjs-core';
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
  tensorOf,
} from '../../../test/chosen/defined-attention.ts';
import { type NsaOptions, nsaAttention, nsaImportance } from './nsa.ts';

const anyOptions: fc.Arbitrary<NsaOptions> = fc
  .record({
    stride: integer(1, 3),
    compressed: integer(1, 3),
    selected: integer(1, 4),
    initial: integer(0, 1),
    local: integer(0, 2),
    more: integer(0, 2),
    window: integer(1, 9),
  })
  .map(({ stride, compressed, selected, initial, local, more, window }) => ({
    compressionLength: stride * compressed,
    compressionStride: stride,
    selectionLength: stride * selected,
    selectedBlocks: Math.max(1, initial + local + more),
    initialBlocks: initial,
    localBlocks: local,
    window,
  }));
const anyCase = fc.record({
  b: integer(1, 2),
  hkv: integer(1, 2),
  shared: integer(1, 2),
  n: integer(1, 33),
  d: integer(1, 5),
  dv: integer(1, 4),
  options: anyOptions,
  seed: integer(0, 1e6),
});

const startsOf = (n: number, { compressionLength, compressionStride }: NsaOptions): number[] =>
  Array.from({ length: n }, (_, at) => at * compressionStride).filter((start) => start + compressionLength <= n);

/** Eq. 8 to 10 by tokens: each stride of a window carries the window's probability to the block that holds it; summed over a group. */
function importanceOf(q: Numbers, k: Numbers, options: NsaOptions): number[][][][] {
  const { compressionLength: length, compressionStride: stride, selectionLength } = options;
  const [b = 0, h = 0, n = 0, d = 1] = q.shape;
  const [, hkv = 0] = k.shape;
  const starts = startsOf(n, options);
  return Array.from({ length: b }, (_, batch) =>
    Array.from({ length: hkv }, (_, group) => {
      const compressed = starts.map((start) => {
        const rows = Array.from({ length }, (_, at) => rowOf(k, batch, group, start + at));
        return rows[0]!.map((_, at) => rows.reduce((total, row) => total + row[at]!, 0) / length);
      });
      return Array.from({ length: n }, (_, query) => {
        const blocks = new Array<number>(Math.ceil(n / selectionLength)).fill(0);
        for (let head = (group * h) / hkv; head < ((group + 1) * h) / hkv; head++) {
          const own = rowOf(q, batch, head, query);
          const weights = compressed.map((key, at) => (starts[at]! + length - 1 <= query ? Math.exp(dot(own, key) / Math.sqrt(d)) : 0));
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          weights.forEach((weight, at) => {
            if (weight === 0) return;
            for (let token = starts[at]!; token < starts[at]! + length; token += stride) {
              const block = Math.floor(token / selectionLength);
              blocks[block] = blocks[block]! + weight / total;
            }
          });
        }
        return blocks;
      });
    }),
  );
}

function chosenBlocks(
  importance: readonly number[][][][],
  { selectionLength, selectedBlocks, initialBlocks = 1, localBlocks = 2 }: NsaOptions,
): number[][][][] {
  return importance.map((groups) =>
    groups.map((queries) =>
      queries.map((blocks, query) => {
        const own = Math.floor(query / selectionLength);
        const forced = (block: number): boolean => block < initialBlocks || block > own - localBlocks;
        return highest(
          blocks.map((score, block) => (block > own ? Number.NEGATIVE_INFINITY : forced(block) ? 1e30 : score)),
          selectedBlocks,
        );
      }),
    ),
  );
}

/** The three branches by tables of all pairs, each with keys and values of its own, and their gated sum. */
function defined(tensors: readonly Tensor[], chosen: readonly number[][][][], options: NsaOptions): Record<string, Tensor> {
  const [q, kc, vc, ks, vs, kw, vw, gates] = tensors as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const [b = 0, h = 0, n = 0] = q.shape;
  const group = h / (kc.shape[1] as number);
  const { compressionLength, selectionLength, window } = options;
  const starts = startsOf(n, options);
  const mean = tensor2d(
    starts.flatMap((start) =>
      Array.from({ length: n }, (_, at) => (at >= start && at < start + compressionLength ? 1 / compressionLength : 0)),
    ),
    [starts.length, n],
  );
  const all = <Value>(length: number, make: (at: number) => Value): Value[] => Array.from({ length }, (_, at) => make(at));
  const means = (x: Tensor): Tensor => {
    const planes = all(b, (row) =>
      concat(
        all(x.shape[1] as number, (head) => {
          const plane = slice(x, [row, head, 0, 0], [1, 1, n, x.shape[3] as number]);
          return matMul(reshape(mean, [1, 1, starts.length, n]), plane);
        }),
        1,
      ),
    );
    return concat(planes, 0);
  };
  const compressed =
    starts.length === 0
      ? add(zeros([b, h, n, vc.shape[3] as number]), mul(add(sum(kc), sum(vc)), 0))
      : definedAttention(
          q,
          means(kc),
          means(vc),
          pairs([b, h, n, starts.length], ({ query, key }) => starts[key]! + compressionLength - 1 <= query),
        ).out;
  const visible = pairs(
    [b, h, n, n],
    ({ batch, head, query, key }) =>
      key <= query && chosen[batch]![Math.floor(head / group)]![query]!.includes(Math.floor(key / selectionLength)),
  );
  const selected = definedAttention(q, ks, vs, visible).out;
  const sliding = definedAttention(
    q,
    kw,
    vw,
    pairs([b, h, n, n], ({ query, key }) => key <= query && key > query - window),
  ).out;
  const open = sigmoid(gates);
  const out = addN([compressed, selected, sliding].map((branch, at) => mul(branch, slice(open, [0, 0, 0, at], [b, h, n, 1]))));
  return { out, compressed, selected, sliding };
}

onBackends('nsaAttention', () => {
  it("equals the paper's three branches and their gated sum, and its gradients", async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ b, hkv, shared, n, d, dv, options, seed }) => {
        const h = hkv * shared;
        const key = createKey(seed);
        const ofKeys = (name: string, width: number): Numbers => drawn(key.fold(name), b, hkv, n, width);
        const inputs = {
          q: drawn(key.fold('q'), b, h, n, d),
          kCompressed: ofKeys('kc', d),
          vCompressed: ofKeys('vc', dv),
          kSelected: ofKeys('ks', d),
          vSelected: ofKeys('vs', dv),
          kSliding: ofKeys('kw', d),
          vSliding: ofKeys('vw', dv),
          gates: drawn(key.fold('gates'), b, h, n, 3),
        };
        const importance = importanceOf(inputs.q, inputs.kCompressed, options);
        const blocks = chosenBlocks(importance, options);
        const { chosen, ...found } = await answers(inputs, (tensors) => {
          const [q, kc, vc, ks, vs, kw, vw, gates] = tensors as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
          const given = { q, compressed: { k: kc, v: vc }, selected: { k: ks, v: vs }, sliding: { k: kw, v: vw }, gates };
          const { out, branches, chosen } = nsaAttention(given, options);
          return { out, ...branches, chosen };
        });
        expect(Array.from(chosen!)).toEqual(
          blocks.flat(2).flatMap((list) => listed(list, Math.min(options.selectedBlocks, Math.ceil(n / options.selectionLength)))),
        );
        const expected = await definition(inputs, (tensors) => defined(tensors, blocks, options));
        for (const [name, values] of Object.entries(expected)) expectClose(found[name]!, values, { atol: 1e-5, rtol: 2e-4 }, name);

        const { q, kCompressed } = inputs;
        const weights = nsaImportance(tensorOf(q), tensorOf(kCompressed), options);
        expectClose(await weights.data(), importance.flat(3), { atol: 1e-6, rtol: 1e-4 }, 'importance');
      }),
      { numRuns: 12, seed: 3 },
    );
  });
});

it('says which size is wrong', () => {
  const x = ones([1, 1, 8, 4]);
  const branch = { k: x, v: x };
  const inputs = { q: x, compressed: branch, selected: branch, sliding: branch, gates: zeros([1, 1, 8, 3]) };
  const sizes = { compressionLength: 4, compressionStride: 2, selectionLength: 4, selectedBlocks: 3, window: 2 };
  expect(() => nsaAttention(inputs, { ...sizes, selectionLength: 5 })).toThrow(
    `nsaAttention: compressionStride does not divide selectionLength.
  expected  selectionLength a multiple of 2 (compressionStride)
  got       5
  remedy    use the paper's sizes: compressionLength 32, compressionStride 16, selectionLength 64.`,
  );
  expect(() => nsaAttention(inputs, { ...sizes, selectedBlocks: 2 })).toThrow('more blocks are always taken than are taken at all');
  expect(() => nsaAttention(inputs, { ...sizes, window: 0 })).toThrow('window must be an integer of at least 1');
  expect(() => nsaAttention({ ...inputs, gates: zeros([1, 1, 8, 2]) }, sizes)).toThrow('gates does not fit');
  expect(() => nsaImportance(ones([1, 3, 8, 4]), ones([1, 2, 8, 4]), sizes)).toThrow('nsaImportance: the query heads cannot be shared out');
});
