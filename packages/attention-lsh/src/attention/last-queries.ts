import { add, cast, expandDims, mul, reshape, slice, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { type MetKeysOptions, metKeys } from './met-keys.ts';

export interface LastQueriesOptions extends Omit<MetKeysOptions, 'queries' | 'causal'> {
  /** How many of the last tokens are answered. */
  readonly count: number;
  /** Tokens that there are: what comes after them fills the last chunk up. */
  readonly length: number;
}

/**
 * The last rows of `hashedAttention` where it is causal: each reads the keys of its own chunks alone, found by its place in each round's
 * order.
 * @shape queryKey [b, h, n, d]; value [b, h, n, dv], n filled up to whole chunks -> [b, h, count, dv]
 * @cost O(rounds · n · log n) for the order, on the device; attention to rounds · chunkLength · (before + 1 + after) keys for each row
 */
export function lastQueries(queryKey: Tensor, value: Tensor, { count, length, ...options }: LastQueriesOptions): Tensor {
  const [batch = 0, heads = 0, , valueDim = 0] = value.shape;
  const { weights, isAlone, shown, gathered } = metKeys(queryKey, { ...options, causal: true, queries: { first: length - count, count } });
  const out = sum(mul(shown(gathered(value)), expandDims(weights, 3)), 2);
  const own = reshape(slice(value, [0, 0, length - count, 0], [batch, heads, count, valueDim]), out.shape);
  const alone = expandDims(cast(isAlone, 'float32'), 2);
  return reshape(add(mul(out, sub(1, alone)), mul(own, alone)), [batch, heads, count, valueDim]);
}
