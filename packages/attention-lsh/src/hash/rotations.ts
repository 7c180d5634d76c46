import { type Key, normal } from '@longspan/core-tensor';
import { requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type BucketCount, factorsOf } from './bucket-count.ts';

export interface RotationOptions {
  readonly heads: number;
  readonly headDim: number;
  /** Hashing rounds, each with directions of its own; 1 by default. */
  readonly rounds?: number | undefined;
  /** Buckets of a round. */
  readonly bucketCount: BucketCount;
}

/** Directions that a round of hashing needs: half a bucket count, for both ends of a direction are buckets. */
export const directionsOf = (factors: readonly number[]): number => factors.reduce((sum, factor) => sum + factor / 2, 0);

/**
 * Draws the random directions by which vectors are hashed. The same key gives the same ones.
 * @returns [heads, headDim, rounds, directions], normally distributed; for factors [a, b] the first a / 2 directions are a's
 * @throws ConfigError when a size is not an integer of at least 1, or a bucket count not even
 * @cost 35 ns per number, on the processor
 * @source Andoni et al. 2015 (arXiv 1509.02897); Kitaev et al. 2020 (arXiv 2001.04451) §2
 * @example
 * drawRotations(createKey(1), { heads: 3, headDim: 8, rounds: 4, bucketCount: [4, 6] }).shape; // => [3, 8, 4, 5]
 */
export function drawRotations(key: Key, options: RotationOptions): Tensor {
  requireKind('drawRotations', 'key', key, 'key');
  requireKnown('drawRotations', options, { heads: true, headDim: true, rounds: true, bucketCount: true });
  const { heads, headDim, rounds = 1, bucketCount } = options;
  requireInteger('drawRotations', { heads, headDim, rounds }, 1);
  return normal(key, [heads, headDim, rounds, directionsOf(factorsOf('drawRotations', bucketCount))]);
}
