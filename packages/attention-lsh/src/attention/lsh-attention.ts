import { dims, type Padding } from '@longspan/core-tensor';
import { ConfigError, requireGiven, requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { requireFilled } from '@longspan/core-tensor/kernel';
import { requireRate } from '@longspan/core-tensor/layer';
import { largestBlock } from '@longspan/core-tensor/layout';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type BucketCount, factorsOf } from '../hash/bucket-count.ts';
import { requireDirections } from '../hash/hash-buckets.ts';
import { tokenMarks } from '../hash/token-marks.ts';
import type { Dropout } from './dropout.ts';
import { type HashedBy, hashedAttention, type LshAttentionResult } from './hashed-attention.ts';
import { requireMultiple } from './whole-chunks.ts';

export interface LshAttentionOptions {
  /** Tokens in a chunk. */
  readonly chunkLength: number;
  /** Chunks before its own that a chunk attends to; 1 by default. */
  readonly chunksBefore?: number | undefined;
  /** Chunks after its own that a chunk attends to; 0 by default. */
  readonly chunksAfter?: number | undefined;
  readonly causal?: boolean | undefined;
  /** What to hash by: [h, d, rounds, directions], see `drawRotations`. Not needed by sequences of one chunk. */
  readonly rotations?: Tensor | undefined;
  /** What the rotations' directions are split into; one factor of twice their number by default. */
  readonly bucketCount?: BucketCount | undefined;
  /** Buckets of an earlier call to use again instead of hashing: int32 [b, h, rounds, n]. */
  readonly buckets?: Tensor | undefined;
  /** Tokens that no query attends to. */
  readonly padding?: Padding | undefined;
  /** Drops attention weights, each round others. */
  readonly attentionDropout?: Dropout | undefined;
}

const caller = 'lshAttention';

/**
 * Attention of tokens that hash alike. Queries and keys are one: keys are the queries at length 1. Tokens are sorted by bucket and
 * position and cut into chunks; a chunk attends to itself and some around it, in a circle through all rounds, and a token that is met
 * twice counts twice. A token attends to itself only if it attends to nothing else. Up to one chunk of tokens attend to each other without
 * hashing.
 *
 * Keys are query-keys divided by sqrt(mean(x²) + 1e-6) and by sqrt(d), as in Hugging Face: of length 1 where the query-key's numbers are
 * well above 1e-3, shorter below, and 0 for zeros.
 *
 * The catch: which keys a token attends to depends on how all others hash, so with `causal` a later token's value never reaches an earlier
 * one, but it can move the chunks. Only with the same `buckets` nothing before it changes.
 * @shape queryKey [b, h, n, d], unscaled; value [b, h, n, dv]; n a multiple of chunkLength, or no more than that
 * @returns out [b, h, n, dv], and the buckets, which belong to the caller too
 * @throws ShapeError, ConfigError when an argument does not fit; ConfigError for gradients of gradients
 * @cost O(rounds · n · (log n + chunkLength · (before + 1 + after) · d)) time; memory O(n · d), however many rounds
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2; LSHSelfAttention of Hugging Face transformers 4.57
 * @example
 * const x = tensor4d([1, 0, -1, 0, 1, 0.1, -1, 0.1], [1, 1, 4, 2]);
 * const value = tensor4d([1, 2, 3, 4], [1, 1, 4, 1]);
 * const { out, buckets } = lshAttention(x, value, { chunkLength: 2, chunksBefore: 0, rotations: tensor4d([1, 0], [1, 2, 1, 1]) });
 * await buckets.data(); // => [0, 1, 0, 1]
 * await out.data(); // => [3, 4, 1, 2]
 */
export function lshAttention(queryKey: Tensor, value: Tensor, options: LshAttentionOptions): LshAttentionResult {
  requireKnown(caller, options, {
    chunkLength: true,
    chunksBefore: true,
    chunksAfter: true,
    causal: 'flag',
    rotations: true,
    bucketCount: true,
    buckets: true,
    padding: true,
    attentionDropout: true,
  });
  const { chunkLength, chunksBefore = 1, chunksAfter = 0, causal = false, padding, attentionDropout: dropout, buckets } = options;
  const sizes = dims(caller, {
    queryKey: [queryKey, 'b h n d:float32'],
    value: [value, 'b h n dv:float32'],
    rotations: [options.rotations, '?h d rounds directions:float32'],
    buckets: [buckets, '?b h rounds n:int32'],
  });
  requireFilled(caller, { b: sizes.b, h: sizes.h, n: sizes.n, d: sizes.d, dv: sizes.dv, rounds: sizes.rounds ?? 1 });
  const length = sizes.n;
  requireInteger(caller, { chunkLength }, 1, { atMost: largestBlock });
  requireInteger(caller, { chunksBefore, chunksAfter }, 0);
  if (dropout !== undefined) {
    requireKnown(`${caller} attentionDropout`, dropout, { key: 'key', rate: true });
    requireGiven(caller, 'attentionDropout.key', dropout.key, 'a key, as createKey makes it');
    requireKind(caller, 'attentionDropout.key', dropout.key, 'key');
    requireRate(caller, 'attentionDropout.rate', dropout.rate);
  }
  const marks = tokenMarks(caller, padding, { batch: sizes.b, length });
  const call = { chunkLength, chunksBefore, chunksAfter, causal, dropout, padding: marks };
  if (length <= chunkLength) return hashedAttention(queryKey, value, { ...call, by: undefined });
  requireMultiple(caller, length, chunkLength);
  const by = buckets === undefined ? rotationsOf(options, length) : { buckets };
  return hashedAttention(queryKey, value, { ...call, by });
}

function rotationsOf({ rotations, bucketCount, chunkLength }: LshAttentionOptions, length: number): HashedBy {
  if (rotations === undefined) {
    throw new ConfigError({
      caller,
      problem: 'rotations or buckets are required for more than one chunk.',
      expected: `rotations or buckets for ${length} tokens, in chunks of ${chunkLength}`,
      got: 'neither',
      remedy: 'draw rotations with drawRotations(key, { heads, headDim, rounds, bucketCount }).',
    });
  }
  const factors = factorsOf(caller, bucketCount ?? 2 * (rotations.shape[3] as number));
  requireDirections(caller, rotations, factors);
  return { rotations, factors };
}
