import { type AttentionResult, dims } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { add, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { attendLocally, type LocalRules, windowOf } from './attend-locally.ts';
import { localAverage } from './average.ts';
import { scaleBaseOf } from './local-attention.ts';
import { fullyMaskedQueries, type LocalWindow } from './windows.ts';

/** The package's own switches, for they all can be combined there. */
export interface PublishedLocalAttentionOptions extends LocalRules {
  /** Attend exactly bucketSize · before tokens back and bucketSize · after ahead from each query, not to the ends of buckets. */
  readonly exactWindow?: boolean | undefined;
  /** Fill the last bucket, with the faults that are described below. */
  readonly autopad?: boolean | undefined;
  /** Keys come to unit length, and a token attends to itself only if it attends to nothing else. */
  readonly sharedQueryKey?: boolean | undefined;
  /** Rotary positions, features d / 2 apart in a pair. */
  readonly rotary?: boolean | undefined;
  /** Rotary positions whose scores fade with the distance. */
  readonly xpos?: boolean | undefined;
  /** Tokens over which xpos fades by its base; floor(bucketSize / 2) by default. */
  readonly scaleBase?: number | undefined;
}

/**
 * The LocalAttention of lucidrains' local-attention, number for number, its faults included: for models that were trained with it, and
 * for checking against it. For anything new take `localAttention` and its sisters.
 *
 * The faults: with `autopad` the last bucket is filled with keys of score 0 and value 0, which queries attend to unless causal or padding
 * masks them; and a fully masked query averages all of its look-around window evenly, with −1 for values outside the
 * sequence. With `rotary` and after > 0 a query is turned as if it stood after · bucketSize tokens further on.
 * @shape as localAttention
 * @returns as localAttention; logSumExp is that of the keys that are attended to
 * @throws as localAttention
 * @cost as localAttention
 * @source LocalAttention of lucidrains' local-attention 1.11.2
 * @example
 * const same = zeros([1, 1, 3, 4]);
 * const values = tensor4d([4, 4, 4], [1, 1, 3, 1]);
 * await localAttentionAsPublished(same, same, values, { bucketSize: 2, autopad: true }).out.data(); // => [3, 3, 3]
 * await localAttention(same, same, values, { bucketSize: 2 }).out.data(); // => [4, 4, 4]
 */
export function localAttentionAsPublished(q: Tensor, k: Tensor, v: Tensor, options: PublishedLocalAttentionOptions): AttentionResult {
  const caller = 'localAttentionAsPublished';
  const names = {
    exactWindow: 'flag',
    autopad: 'flag',
    sharedQueryKey: 'flag',
    rotary: 'flag',
    xpos: 'flag',
    scaleBase: 'positive',
  } as const;
  const known = windowOf(caller, options, names);
  const { autopad = false, sharedQueryKey, padding } = options;
  const window: LocalWindow = { ...known, exactWindow: options.exactWindow ?? false };
  const { bucketSize } = window;
  if (options.xpos === true && options.rotary !== true) {
    throw new ConfigError({
      caller,
      problem: 'rotary must be true where xpos is, which fades rotary positions.',
      expected: 'rotary true',
      got: `xpos true, rotary ${options.rotary}`,
      remedy: 'pass rotary: true as well.',
    });
  }
  const rotation =
    options.rotary === true
      ? { queryShift: window.after * bucketSize, xposScaleBase: options.xpos === true ? scaleBaseOf(caller, options) : undefined }
      : undefined;
  const { n: length } = dims(caller, { q: [q, 'b h n d:float32'] });
  const zeroKeys = autopad && !window.causal && padding === undefined ? Math.ceil(length / bucketSize) * bucketSize - length : 0;
  return tidy(() => {
    const result = attendLocally(caller, q, k, v, options, { window, zeroKeys, rotation, sharedQueryKey });
    const wanted = autopad && padding !== undefined ? fullyMaskedQueries(window, padding) : [];
    if (!wanted.some((row) => row.includes(1))) return { ...result };
    const average = localAverage(v, { ...window, heads: q.shape[1] as number, wanted });
    return { ...result, out: add(result.out, average) };
  });
}
