import { ConfigError, requireGiven, requireInteger, requireKnown, show } from '../error/index.ts';

/** How T5 assigns its learned biases to distances. */
export interface RelativeDistanceBuckets {
  /** Rows of the learned table. */
  readonly buckets: number;
  /** Tokens; this distance and all beyond it have the last bucket. */
  readonly maxDistance: number;
  /** Whether keys after the query have buckets of their own (the upper half); otherwise they all fall in bucket 0. */
  readonly bidirectional: boolean;
}

/**
 * Gives each distance j − p, of key j from the query at p, its row in T5's table of relative position biases: small distances
 * one each, larger ones in steps that grow with the logarithm. The logarithm runs in float32, as in the reference: at the
 * edge of a step the bucket depends on it.
 * @returns a function of a whole distance in tokens, negative for keys before the query
 * @throws ConfigError where no distance would have a bucket of its own, or maxDistance is not beyond those that have one
 * @cost O(1) for each distance
 * @source T5 (arXiv 1910.10683) §2.1; `T5Attention._relative_position_bucket` of transformers
 * @example
 * const bucket = relativeDistanceBuckets({ buckets: 32, maxDistance: 128, bidirectional: true });
 * [0, -1, 1, -20, 20, 500].map(bucket); // => [0, 1, 17, 10, 26, 31]
 */
export function relativeDistanceBuckets(options: RelativeDistanceBuckets): (distance: number) => number {
  requireKnown('relativeDistanceBuckets', options, { buckets: true, maxDistance: true, bidirectional: 'flag' });
  const { buckets, maxDistance, bidirectional } = options;
  requireGiven('relativeDistanceBuckets', 'bidirectional', bidirectional, 'true, or false for decoders');
  const perSide = Number.isSafeInteger(buckets) ? (bidirectional ? Math.floor(buckets / 2) : buckets) : 0;
  const exact = Math.floor(perSide / 2);
  if (exact < 1) {
    throw new ConfigError({
      caller: 'relativeDistanceBuckets',
      problem: 'buckets must be an even integer of at least 2.',
      expected: `an integer of at least ${bidirectional ? 4 : 2}${bidirectional ? ' (bidirectional: half of them for each side)' : ''}`,
      got: show(buckets),
      remedy: 'use the relative_attention_num_buckets of the model (T5: 32).',
    });
  }
  if (!(Number.isFinite(maxDistance) && maxDistance > exact)) {
    throw new ConfigError({
      caller: 'relativeDistanceBuckets',
      problem: 'maxDistance must be larger than the distances that have a bucket of their own.',
      expected: `more than ${exact} tokens (${buckets} buckets${bidirectional ? ', half of them for each side' : ''})`,
      got: show(maxDistance),
      remedy: 'use the relative_attention_max_distance of the model (T5: 128), or fewer buckets.',
    });
  }
  const range = Math.fround(Math.log(maxDistance / exact));
  return (distance) => {
    if (!Number.isSafeInteger(distance)) requireInteger('relativeDistanceBuckets', { distance });
    const first = bidirectional && distance > 0 ? perSide : 0;
    const reach = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
    if (reach < exact) return first + reach;
    const part = Math.fround(Math.fround(Math.log(Math.fround(reach / exact))) / range);
    const step = Math.trunc(Math.fround(part * (perSide - exact)));
    return first + Math.min(exact + step, perSide - 1);
  };
}
