import { createKey } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { answers, defined, definition, drawn, effort, expectClose, onBackends, tensorOf } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { ones, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type NsaOptions, nsaAttention, nsaImportance } from './nsa.ts';

const anyOptions: fc.Arbitrary<reference.NsaSizes> = fc
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

const ours = ({ window, ...sizes }: reference.NsaSizes): NsaOptions => ({ ...sizes, window: { left: window - 1 } });
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

type Eight = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

/** The tensors of a call as both sides take them. */
function branchesOf(tensors: readonly Tensor[]): reference.NsaInputs {
  const [q, kc, vc, ks, vs, kw, vw, gates] = tensors as Eight;
  return { q, compressed: { k: kc, v: vc }, selected: { k: ks, v: vs }, sliding: { k: kw, v: vw }, gates };
}

onBackends('nsaAttention', () => {
  it("equals the paper's three branches and their gated sum, and its gradients", async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ b, hkv, shared, n, d, dv, options, seed }) => {
        const h = hkv * shared;
        const key = createKey(seed);
        const ofKeys = (name: string, width: number): reference.Numbers => drawn(key.fold(name), b, hkv, n, width);
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
        const importance = await defined([inputs.q, inputs.kCompressed], (q, k) => reference.nsaImportance(q, k, options));
        const blocks = reference.nsaBlocks(importance, options);
        const count = Math.ceil(n / options.selectionLength);
        const { selectedBlocks, ...found } = await answers(inputs, (tensors) => {
          const { q, compressed, selected, sliding, gates } = branchesOf(tensors);
          const given = { compression: compressed, selection: selected, sliding, gates };
          const { out, branches, selected: lists } = nsaAttention(q, given, ours(options));
          const named = { compressed: branches.compression, selected: branches.selection, sliding: branches.sliding };
          return { out, ...named, selectedBlocks: lists };
        });
        expect(Array.from(selectedBlocks!)).toEqual(reference.flatChoices(blocks, Math.min(options.selectedBlocks, count)));
        const expected = await definition(inputs, (tensors) => ({
          ...reference.nsaAttention(branchesOf(tensors), reference.marksOf(blocks, count), options),
        }));
        for (const [name, values] of Object.entries(expected)) expectClose(found[name]!, values, { atol: 1e-5, rtol: 2e-4 }, name);

        const { q, kCompressed } = inputs;
        const weights = nsaImportance(tensorOf(q), tensorOf(kCompressed), ours(options));
        expectClose(await weights.data(), importance.values, { atol: 1e-6, rtol: 1e-4 }, 'importance');
      }),
      { numRuns: effort(5, 12) },
    );
  });
});

onBackends('nsaAttention, decoding', () => {
  it('gives the rows of one call for queries against the keys so far, and their importance', async () => {
    const n = 19;
    const drawnTensor = (name: string, heads: number, width: number): Tensor => tensorOf(drawn(createKey(name), 2, heads, n, width));
    const branch = (name: string) => ({ k: drawnTensor(`k ${name}`, 2, 5), v: drawnTensor(`v ${name}`, 2, 3) });
    const [q, gates] = [drawnTensor('q', 4, 5), drawnTensor('gates', 4, 3)];
    const [compression, selection, sliding] = [branch('compression'), branch('selection'), branch('sliding')];
    const sizes = {
      ...{ compressionLength: 4, compressionStride: 2, selectionLength: 4, selectedBlocks: 3, localBlocks: 1 },
      window: { left: 2 },
    };
    const tokens = (x: Tensor, from: number, to: number): Tensor => slice(x, [0, 0, from, 0], [-1, -1, to - from, -1]);
    const upTo = ({ k, v }: { k: Tensor; v: Tensor }, to: number) => ({ k: tokens(k, 0, to), v: tokens(v, 0, to) });
    const whole = nsaAttention(q, { compression, selection, sliding, gates }, sizes).out;
    const weights = nsaImportance(q, compression.k, sizes);
    for (const [from, to] of [...[0, 2, 3, 4, 7, 8, 13, n - 1].map((at) => [at, at + 1] as const), [2, 9]] as const) {
      const own = tokens(gates, from, to);
      const past = { compression: upTo(compression, to), selection: upTo(selection, to), sliding: upTo(sliding, to), gates: own };
      const expected = await tokens(whole, from, to).data();
      expectClose(await nsaAttention(tokens(q, from, to), past, sizes).out.data(), expected, { atol: 2e-6, rtol: 1e-5 });
      const all = { compression, selection, sliding, gates: own };
      const early = nsaAttention(tokens(q, from, to), all, { ...sizes, queryOffset: from });
      expectClose(await early.out.data(), expected, { atol: 2e-6, rtol: 1e-5 });
      const ofStep = nsaImportance(tokens(q, from, to), compression.k, { ...sizes, queryOffset: from });
      expectClose(await ofStep.data(), await tokens(weights, from, to).data(), { atol: 2e-6, rtol: 1e-5 });
    }
  });
});

it('of a sequence shorter than a compressed window, with several key heads, has the window and the selected blocks alone', async () => {
  const q = ones([1, 2, 1, 4]);
  const branch = { k: q, v: q };
  const gates = zeros([1, 2, 1, 3]); // one half each
  const sizes = {
    compressionLength: 2,
    compressionStride: 1,
    selectionLength: 1,
    selectedBlocks: 1,
    initialBlocks: 0,
    localBlocks: 1,
    window: { left: 1 },
  };
  const { out, branches } = nsaAttention(q, { compression: branch, selection: branch, sliding: branch, gates }, sizes);
  expect(Array.from(await branches.compression.data())).toEqual(new Array(8).fill(0));
  expect(Array.from(await out.data())).toEqual(new Array(8).fill(1));
});

it('says which size is wrong', () => {
  const x = ones([1, 1, 8, 4]);
  const branch = { k: x, v: x };
  const inputs = { compression: branch, selection: branch, sliding: branch, gates: zeros([1, 1, 8, 3]) };
  const sizes = { compressionLength: 4, compressionStride: 2, selectionLength: 4, selectedBlocks: 3, window: { left: 1 } };
  expect(() => nsaAttention(x, inputs, { ...sizes, selectionLength: 5 })).toThrow(
    `nsaAttention: selectionLength must be a multiple of compressionStride.
  expected  selectionLength a multiple of 2 (compressionStride)
  got       5
  remedy    use the paper's sizes: compressionLength 32, compressionStride 16, selectionLength 64.`,
  );
  expect(() => nsaAttention(x, inputs, { ...sizes, selectedBlocks: 2 })).toThrow(
    'selectedBlocks must be at least initialBlocks + localBlocks.',
  );
  expect(() => nsaAttention(x, inputs, { ...sizes, window: { left: -1 } })).toThrow('window.left must be an integer of at least 0');
  expect(() => nsaAttention(x, { ...inputs, gates: zeros([1, 1, 8, 2]) }, sizes)).toThrow('gates must have the shape [');
  expect(() => nsaImportance(ones([1, 3, 8, 4]), ones([1, 2, 8, 4]), sizes)).toThrow(
    'nsaImportance: the number of query heads must be a multiple of the number of key heads.',
  );
});
