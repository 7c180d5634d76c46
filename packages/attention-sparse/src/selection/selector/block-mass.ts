import { dims } from '@longspan/core-tensor';
import { requireInteger, requireKeyHeads, requireKnown, requireScale, UNBOUNDED } from '@longspan/core-tensor/error';
import { chunksOf, inChunks, itemsPerChunk, maskedScore, requireFilled, sharesOf } from '@longspan/core-tensor/kernel';
import { largestBlock } from '@longspan/core-tensor/layout';
import { less, matMul, max, mul, pad, reshape, sum, type Tensor, tensor1d, where, zerosLike } from '@tensorflow/tfjs-core';
import { everything, type Mask } from '../../mask/index.ts';
import { maskedPairs } from '../by-key/masked-pairs.ts';
import { decided } from '../scoring/decided.ts';
import { queriesByKeyHead } from '../scoring/select-best.ts';
import { withoutGradient } from '../scoring/without-gradient.ts';

export interface BlockMassOptions {
  /** Tokens along each side of a block; 64 by default. */
  readonly blockSize?: number | undefined;
  /** The attention whose mass is meant, as causal(); every query attends to every key by default. */
  readonly mask?: Mask | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Query i stands at position queryOffset + i; nk − nq by default. */
  readonly queryOffset?: number | undefined;
}

/**
 * The share of its attention that each query block gives to each key block, on average over its queries: what a selector is trained to.
 * Every pair has to be scored, some query blocks at a time; no gradient flows through it.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d], float32; h a multiple of hkv
 * @returns [b, h, queryBlocks, keyBlocks]; a row's sum is the share of its queries that attend to any key
 * @throws ShapeError when the arguments do not fit; ConfigError when blockSize is not an integer of at least 1
 * @cost O(nq · nk · d) time, the scores of some query blocks at a time; (n / blockSize)² numbers
 * @source Gao et al. 2024 (arXiv 2410.13276) §3, by sums instead of maxima
 * @example
 * const q = ones([1, 1, 2, 1]);
 * const k = tensor4d([0, 0, Math.log(3), Math.log(3)], [1, 1, 4, 1]);
 * (await blockMass(q, k, { blockSize: 2 }).data()).map((share) => Math.round(share * 100)); // => [25, 75]
 */
export function blockMass(q: Tensor, k: Tensor, options: BlockMassOptions = {}): Tensor {
  const caller = 'blockMass';
  requireKnown(caller, options, { blockSize: true, mask: 'mask', scale: true, queryOffset: true });
  const { b, h, hkv, nq, nk, d } = dims(caller, { q: [q, 'b h nq d:float32'], k: [k, 'b hkv nk d:float32'] });
  requireFilled(caller, { b, h, hkv, nq, nk, d });
  const { blockSize = 64, mask = everything(), scale = 1 / Math.sqrt(d), queryOffset = nk - nq } = options;
  requireKeyHeads(caller, { h, hkv });
  requireInteger(caller, { blockSize }, 1, { atMost: largestBlock });
  requireScale(caller, scale);
  requireInteger(caller, { queryOffset }, UNBOUNDED);
  const [queryBlocks, keyBlocks] = [Math.ceil(nq / blockSize), Math.ceil(nk / blockSize)];
  const chunks = chunksOf(queryBlocks, itemsPerChunk(b * h * nk * blockSize));
  const [mass] = withoutGradient([q, k], (queries, keys) =>
    inChunks(chunks, 2, ({ start, end }) => {
      const [from, to, blocks] = [start * blockSize, Math.min(nq, end * blockSize), end - start];
      const products = reshape(matMul(queriesByKeyHead(queries, hkv, from, to), keys, false, true), [b, h, to - from, nk]);
      const scores = decided(mul(products, scale), maskedPairs(mask, { from, to, keyLength: nk, queryOffset }));
      const fullyMasked = less(max(scores, 3, true), maskedScore / 2);
      const weights = where(fullyMasked, zerosLike(scores), sharesOf(scores, 3));
      const padded = pad(weights, [
        [0, 0],
        [0, 0],
        [0, blocks * blockSize - (to - from)],
        [0, keyBlocks * blockSize - nk],
      ]);
      const ofKeys = sum(reshape(padded, [b * h * blocks * blockSize, keyBlocks, blockSize]), 2);
      const counts = Float32Array.from({ length: blocks }, (_, at) => 1 / Math.min(blockSize, nq - (start + at) * blockSize));
      const sums = sum(reshape(ofKeys, [b, h, blocks, blockSize, keyBlocks]), 3);
      return [mul(sums, reshape(tensor1d(counts), [blocks, 1]))];
    }),
  );
  return mass;
}
