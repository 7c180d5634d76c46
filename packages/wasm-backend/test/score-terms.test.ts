import { causal, createLayout, globalTokens, type Mask, perHead, slidingWindow } from '@longspan/attention-sparse';
import {
  type AttentionCall,
  type AttentionKernel,
  alibi,
  attentionDropout,
  bias,
  blockBias,
  cellBias,
  createKey,
  distanceBias,
  keyLengths,
  normal,
  originalPositions,
  randomUniform,
  referenceAttention,
  relativePositions,
  type ScoreTerm,
  softCap,
  spanRamp,
} from '@longspan/core-tensor';
import { expectClose, poison } from '@longspan/tooling/expect';
import { add, backend, dispose, fill, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heapOf } from '../src/heap.ts';

import { attentionInWasm } from '../src/kernels/block-sparse-attention/register-attention.ts';

import type { TfjsWasm } from '../src/tfjs-wasm.ts';
import { type Build, builds, type OpenBuild, openBuild } from './builds.ts';

const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);

interface Sizes {
  readonly queryLength: number;
  readonly keyLength: number;
  readonly headDim: number;
  readonly valueDim: number;
  readonly blockSize: number;
  readonly keyHeads: number;
}

const sizes: fc.Arbitrary<Sizes> = fc.record({
  queryLength: fc.integer({ min: 1, max: 200 }),
  keyLength: fc.integer({ min: 1, max: 200 }),
  headDim: fc.constantFrom(3, 4, 8, 12, 21, 64),
  valueDim: fc.constantFrom(1, 4, 12, 22, 64),
  blockSize: fc.constantFrom(5, 16, 32, 64, 100, 128),
  keyHeads: fc.constantFrom(1, 2, 4),
});

const [batch, heads] = [2, 4];

/** Makers of every term; those that must not meet are sorted out below. */
const makers: Readonly<Record<string, (sizes: Sizes, entries: number) => ScoreTerm>> = {
  bias: ({ queryLength, keyLength }) => bias(draw('bias', [1, heads, queryLength, keyLength])),
  sharedBias: ({ queryLength, keyLength }) => bias(draw('shared bias', [batch, 1, queryLength, keyLength])),
  blockBias: ({ blockSize }, entries) => blockBias(draw('tiles', [entries, blockSize, blockSize])),
  distanceBias: () => distanceBias(draw('distances', [heads, 31]), { center: 17 }),
  cellBias: () => cellBias(draw('cells', [1, 7, 7])),
  smallCells: () => cellBias(draw('small cells', [heads, 2, 2])),
  alibi: () => alibi(draw('slopes', [heads])),
  softCap: () => softCap(1.5),
  secondSoftCap: () => softCap(4),
  spanRamp: () => spanRamp({ span: add(draw('span', [heads]), 20), ramp: 9 }),
  keyLengths: ({ keyLength }) => keyLengths(tensor([Math.ceil(keyLength / 2), keyLength + 3], [batch], 'int32')),
  relativePositions: ({ headDim }) =>
    relativePositions({ r: draw('r', [heads, 70, headDim]), u: draw('u', [heads, headDim]), v: draw('v', [heads, headDim]) }),
  originalPositions: ({ queryLength, keyLength }) =>
    originalPositions({
      query: positions('query', [batch, 1, queryLength], keyLength),
      key: positions('key', [1, heads, keyLength], keyLength),
      causal: true,
      selfScore: -3,
    }),
  attentionDropout: () => attentionDropout({ key: createKey('drop'), rate: 0.3 }),
};

/** Whole numbers from −1, which is padding, to `most` − 1. */
const positions = (name: string, shape: number[], most: number): Tensor =>
  tensor(
    Int32Array.from(
      randomUniform(
        createKey(name),
        shape.reduce((a, b) => a * b),
      ),
      (number) => Math.floor(number * (most + 1)) - 1,
    ),
    shape,
    'int32',
  );

const exclusive = (names: readonly string[]): boolean => !(names.includes('relativePositions') && names.includes('originalPositions'));
const terms = fc
  .subarray(Object.keys(makers), { minLength: 1, maxLength: 4 })
  .filter(exclusive)
  .chain((names) => fc.shuffledSubarray(names, { minLength: names.length }));

const mask: Mask = perHead([
  causal(),
  slidingWindow({ left: 40, right: 5 }),
  globalTokens([3]).or(slidingWindow({ left: 9, right: 9 })),
  causal().not(),
]);

describe.each(builds)('random score terms on random shapes, in $instructions on $threads threads', (build) => {
  let open: OpenBuild;
  let kernel: AttentionKernel;
  beforeAll(async () => {
    open = await openBuild(build);
    kernel = attentionInWasm(open.runtimeOf);
  });
  afterAll(() => open.close());

  it('give the results and the gradients of the reference kernel', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, terms, fc.boolean(), async (own, names, withSelected) => {
        const made: Tensor[] = [];
        tidy(() => {
          const { queryLength, keyLength, headDim, valueDim, blockSize, keyHeads } = own;
          const layout = createLayout(mask, { queryLength, keyLength, blockSize });
          const selected =
            withSelected && !names.includes('blockBias')
              ? positions('chosen', [1, heads, Math.ceil(queryLength / blockSize), 2], Math.ceil(keyLength / blockSize))
              : undefined;
          const call: AttentionCall = {
            query: draw('q', [batch, heads, queryLength, headDim]),
            key: draw('k', [batch, keyHeads, keyLength, headDim]),
            value: draw('v', [batch, keyHeads, keyLength, valueDim]),
            layout,
            selected,
            scale: 1 / Math.sqrt(headDim),
            terms: names.map((name) => (makers[name] as (typeof makers)[string])(own, layout.entries.length)),
          };
          expect(kernel.refuses(call)).toBeNull();
          poison([
            [batch, heads, queryLength, valueDim],
            [batch, heads, queryLength],
          ]);
          const results = [kernel, referenceAttention].map((each) => {
            const { out, logSumExp } = each.forward(call);
            const outCotangent = draw('out', out.shape);
            const logSumExpCotangent = draw('lse', logSumExp.shape);
            const gradients = each.backward(call, { out, logSumExp, outCotangent, logSumExpCotangent });
            return [out, logSumExp, ...gradients];
          });
          const [ours = [], theirs = []] = results;
          expect(ours.map((each) => each?.shape)).toEqual(theirs.map((each) => each?.shape));
          ours.forEach((each, at) => {
            if (each) made.push(each, theirs[at] as Tensor);
          });
          return made;
        });
        for (let at = 0; at < made.length; at += 2) {
          const actual = await (made[at] as Tensor).data();
          const expected = Float32Array.from(await (made[at + 1] as Tensor).data());
          const largest = expected.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1);
          expectClose(actual, expected, { atol: 2e-5 * largest, rtol: 2e-4 }, `result ${at / 2} of ${names.join(', ')}`);
        }
        dispose(made);
      }),
      { numRuns: 60, seed: 4 + builds.indexOf(build) },
    );
  }, 600_000);
});

describe('attention in one thread', () => {
  it('is right where the heap grows in the middle of a call', async () => {
    const { runtimeOf } = await openBuild(builds[0] as Build);
    const kernel = attentionInWasm(runtimeOf);
    const size = 512;
    const layout = createLayout(causal(), { queryLength: size, blockSize: 64 });
    const [query, key, value] = [draw('q', [1, 4, size, 62]), draw('k', [1, 4, size, 62]), draw('v', [1, 4, size, 62])];
    const call: AttentionCall = { query, key, value, layout, selected: undefined, scale: 0.1, terms: [alibi(draw('slopes', [4]))] };
    const cotangents = { outCotangent: value, logSumExpCotangent: draw('lse', [1, 4, size]) };
    const heap = (): number => heapOf(backend() as TfjsWasm).memory().buffer.byteLength;
    const expected = kernel.forward(call);
    const expectedGradients = kernel.backward(call, { ...expected, ...cotangents }) as readonly Tensor[];
    const filler: Tensor[] = [];
    /** Runs with less and less free space, until the heap grew while it ran. */
    const untilItGrows = async (run: () => readonly Tensor[], right: readonly Tensor[]): Promise<void> => {
      for (let round = 0, grew = false; !grew; round++) {
        expect(round).toBeLessThan(2000);
        filler.push(fill([2 ** 16], round));
        const before = heap();
        const results = run();
        grew = heap() > before;
        for (const [at, result] of (grew ? results : []).entries()) {
          expectClose(await result.data(), await (right[at] as Tensor).data(), { atol: 0, rtol: 0 }, `result ${at}`);
        }
        dispose([...results]);
      }
    };
    await untilItGrows(() => Object.values(kernel.forward(call)) as Tensor[], Object.values(expected) as Tensor[]);
    await untilItGrows(() => kernel.backward(call, { ...expected, ...cotangents }) as Tensor[], expectedGradients);
    dispose([...filler, expected.out, expected.logSumExp, ...expectedGradients]);
  });
});
