import { ConfigError, isList, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';

/** How many buckets a round hashes into: one even number, or even factors whose product it is, each hashed by rotations of its own. */
export type BucketCount = number | readonly number[];

/** The factors of a bucket count, checked. */
export function factorsOf(caller: string, buckets: BucketCount): readonly number[] {
  const factors: readonly number[] = typeof buckets === 'number' ? [buckets] : isList(buckets) ? Array.from(buckets) : [];
  if (factors.length > 0 && factors.every((factor) => Number.isSafeInteger(factor) && factor >= 2 && factor % 2 === 0)) {
    if (product(factors) < 2 ** 24) return factors;
  }
  throw new ConfigError({
    caller,
    problem: 'buckets must be an even number, or a list of even factors.',
    expected: "an even number of at least 2, or a list of such factors, below 2^24 in all (each rotation's two ends are buckets)",
    got: show(buckets),
    remedy: 'use bucketCountFor({ length, chunkLength }), about twice the number of chunks.',
  });
}

export const product = (factors: readonly number[]): number => factors.reduce((total, factor) => total * factor, 1);

export interface BucketCountOptions {
  readonly length: number;
  readonly chunkLength: number;
  /** The longest sequence that the model knows; it bounds the count of a single factor. The length itself by default. */
  readonly maxLength?: number | undefined;
}

/**
 * The bucket count that Reformer takes when none is given: the power of two at or below twice the number of chunks, as two factors
 * where one would need too many rotations.
 * @throws ConfigError when a length is not an integer of at least 1, or there are fewer tokens than in a chunk
 * @cost no tensor operations
 * @source `_set_num_buckets` of Hugging Face transformers 4.57; Kitaev et al. 2020 (arXiv 2001.04451) §4
 * @example
 * bucketCountFor({ length: 72, chunkLength: 8 }); // => 16
 * bucketCountFor({ length: 65536, chunkLength: 64 }); // => [32, 64]
 */
export function bucketCountFor(options: BucketCountOptions): BucketCount {
  requireKnown('bucketCountFor', options, { length: true, chunkLength: true, maxLength: true });
  const { length, chunkLength, maxLength = length } = options;
  requireInteger('bucketCountFor', { length, chunkLength, maxLength }, 1);
  if (length < chunkLength) {
    throw new ConfigError({
      caller: 'bucketCountFor',
      problem: 'length must be at least chunkLength.',
      expected: `${chunkLength} tokens (chunkLength) or more`,
      got: String(length),
      remedy: 'sequences of up to chunkLength tokens are not hashed: ask for no buckets there.',
    });
  }
  const power = Math.floor(Math.log2(2 * Math.floor(length / chunkLength)));
  const limit = 2 * Math.max(Math.floor(Math.sqrt(Math.floor(maxLength / chunkLength))), chunkLength);
  if (2 ** power <= limit) return 2 ** power;
  const first = Math.floor(power / 2);
  return [2 ** first, 2 ** (power - first)];
}
