import { createLayout, type Mask } from '@longspan/attention-sparse';
import { createKey, randomUniform } from '@longspan/core-tensor';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import fc, { type Arbitrary } from 'fast-check';
import { anyVaried, integer } from '../../arbitrary/index.ts';
import type { CallSizes, CallTolerance, ConformanceCall } from './call.ts';
import { drawTerms, type TermName, termMixes } from './random-terms.ts';

/** A call in numbers and names, from which it can be drawn again. */
interface Drawn {
  readonly mask: Mask;
  readonly sizes: CallSizes;
  readonly blockSize: number;
  readonly queryOffset: number | undefined;
  readonly selected: { readonly batch: number; readonly heads: number; readonly width: number } | undefined;
  readonly terms: readonly TermName[];
}

// Some larger than any sequence of theirs; not many times, because whole blocks are computed.
const blockSizes = [1, 3, 8, 16, 33, 64, 72, 128];
const divisors = (of: number): number[] => Array.from({ length: of }, (_, at) => at + 1).filter((each) => of % each === 0);

/** Batch rows and heads that fit the mask, key heads that the heads can share, and everything else at random. */
const sizesFor = (mask: Mask, longest: number, widest: number): Arbitrary<CallSizes> =>
  fc
    .record({
      b: mask.batch > 1 ? fc.constant(mask.batch) : integer(1, 3),
      h: mask.heads > 1 ? fc.constant(mask.heads) : integer(1, 6),
      nq: integer(1, longest),
      nk: integer(1, longest),
      d: integer(1, widest),
      dv: integer(1, widest),
    })
    .chain((sizes) => fc.constantFrom(...divisors(sizes.h)).map((hkv) => ({ ...sizes, hkv })));

const drawn = (longest: number, widest: number, terms: Arbitrary<readonly TermName[]>): Arbitrary<Drawn> =>
  anyVaried.chain((mask) =>
    fc.tuple(sizesFor(mask, longest, widest), terms).chain(([sizes, mix]) =>
      fc.record({
        mask: fc.constant(mask),
        sizes: fc.constant(sizes),
        terms: fc.constant(mix),
        blockSize: fc.constantFrom(...blockSizes.filter((size) => size <= 2 * longest)),
        queryOffset: fc.option(integer(-9, longest), { nil: undefined, freq: 4 }),
        // The tiles of blockBias belong to the entries of a layout that is known beforehand.
        selected: mix.includes('blockBias')
          ? fc.constant(undefined)
          : fc.option(fc.record({ batch: fc.constantFrom(1, sizes.b), heads: fc.constantFrom(1, sizes.h), width: integer(1, 3) }), {
              nil: undefined,
              freq: 3,
            }),
      }),
    ),
  );

/** Blocks chosen at random, some twice, some −1 (unused) and some one beyond the last. */
function chosenBlocks(shape: readonly number[], keyBlocks: number): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    Int32Array.from(randomUniform(createKey('chosen'), count), (number) => Math.floor(number * (keyBlocks + 2)) - 1),
    [...shape],
    'int32',
  );
}

function callOf({ mask, sizes, blockSize, queryOffset, selected, terms }: Drawn, tolerance: CallTolerance): ConformanceCall {
  const aligned = queryOffset === undefined ? {} : { queryOffset };
  const label = JSON.stringify({ mask: mask.name, ...sizes, blockSize, ...aligned, selected, terms });
  return {
    label,
    sizes,
    tolerance,
    options: () => {
      const { b, h, nq, nk } = sizes;
      const layout = createLayout(mask, { queryLength: nq, keyLength: nk, blockSize, ...aligned });
      const [queryBlocks, keyBlocks] = [Math.ceil(nq / blockSize), Math.ceil(nk / blockSize)];
      const score = drawTerms(terms, { b, h, nq, nk, d: sizes.d, blockSize, entries: layout.indices.length });
      const fixed = {
        layout,
        ...(selected && { selected: chosenBlocks([selected.batch, selected.heads, queryBlocks, selected.width], keyBlocks) }),
      };
      const rebuild = (learned: readonly Tensor[]) => ({ ...fixed, score: score.terms(learned) });
      return { options: rebuild(score.learned), learned: score.learned, rebuild };
    },
  };
}

/**
 * Random masks in layouts of every form (shared, per head, per batch row, with blocks chosen at run time) on random shapes:
 * any batch, heads, shared key heads, cross attention, fully masked rows, head-dims that are multiples of nothing.
 * @param longest tokens at most
 * @param widest head-dim at most
 */
export const anyLayoutCall = (longest: number, widest = 20): Arbitrary<ConformanceCall> =>
  drawn(longest, widest, fc.constant([])).map((each) =>
    callOf(each, { forward: { atol: 2e-5, rtol: 0 }, backward: { atol: 2e-4, rtol: 0 } }),
  );

/** The same with up to four score terms, in any order. */
export const anyScoredCall = (longest: number, widest = 20): Arbitrary<ConformanceCall> =>
  drawn(longest, widest, termMixes).map((each) =>
    callOf(each, {
      forward: { atol: 2e-5, rtol: 2e-4 },
      backward: { atol: 2e-5, rtol: 2e-4 },
      learned: roundingOfPairs(each.sizes, each.queryOffset),
      growsWithLargest: true,
    }),
  );

/**
 * The gradient of a learned term adds up all pairs, and they cancel: it is off by 1e-7 of the size of what was added, whatever is left. For
 * ALiBi that size is, for each query, weights that sum to 1, times the cotangents of scores, of the size of √dv, times distances of up to
 * that of the farthest pair.
 */
function roundingOfPairs({ b, nq, nk, dv }: CallSizes, queryOffset = nk - nq): number {
  const farthest = Math.max(nk - queryOffset, queryOffset + nq);
  return 1e-7 * b * nq * Math.sqrt(dv) * farthest;
}
