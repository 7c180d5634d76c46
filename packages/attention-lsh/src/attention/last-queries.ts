import { gatherRows, logSumExp, stopGradient } from '@longspan/core-tensor';
import { maskedScore, rowsOf, scatterRows, sharesOf } from '@longspan/core-tensor/kernel';
import {
  add,
  cast,
  equal,
  expandDims,
  fill,
  floorDiv,
  less,
  lessEqual,
  mul,
  range,
  reshape,
  scalar,
  slice,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tile,
  transpose,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { bucketOrder } from '../hash/bucket-order.ts';
import { unitKeys } from '../hash/unit-keys.ts';
import type { Chunks } from './chunk-layout.ts';
import { aloneBelow, selfScore } from './sorted-rounds.ts';

export interface LastQueriesOptions extends Chunks {
  /** How many of the last tokens are answered. */
  readonly count: number;
  /** Tokens that there are: what comes after them fills the last chunk up. */
  readonly length: number;
  /** Int32 [b, h, rounds, n]; undefined for a sequence of one chunk, which is not hashed. */
  readonly buckets: Tensor | undefined;
  /** As `tokenMarks` makes them, for the filled length. */
  readonly padding: Int32Array | undefined;
}

const whole = (value: number): Tensor => scalar(value, 'int32');

/**
 * The last rows of `hashedAttention` where it is causal: each reads the keys of its own chunks alone, found by its place in each round's
 * order.
 * @shape queryKey [b, h, n, d]; value [b, h, n, dv], n filled up to whole chunks -> [b, h, count, dv]
 * @cost O(rounds · n · log n) for the order, on the device; attention to rounds · chunkLength · (before + 1 + after) keys for each row
 */
export function lastQueries(queryKey: Tensor, value: Tensor, options: LastQueriesOptions): Tensor {
  const { count, length, buckets } = options;
  const [batch = 0, heads = 0, filled = 0, headDim = 0] = queryKey.shape;
  const valueDim = value.shape[3] as number;
  const lines = batch * heads;
  const positions = buckets === undefined ? allKeys(lines, count, filled) : keysOfChunks(buckets, options);
  const keys = positions.shape[2] as number;
  const last = (x: Tensor): Tensor => {
    const width = x.shape[3] as number;
    return reshape(slice(x, [0, 0, length - count, 0], [batch, heads, count, width]), [lines, count, 1, width]);
  };
  const rows = add(positions, perLine(lines, filled));
  const gathered = (x: Tensor): Tensor => gatherRows(reshape(x, [-1, x.shape[3] as number]), rows);
  const own = reshape(range(length - count, length, 1, 'int32'), [1, count, 1]);
  const isVisible = visible(positions, own, options.padding, { batch, heads, filled });
  /** Rows of the keys, zeros in place of those that are hidden: their numbers may be NaN, and NaN · 0 is NaN. */
  const shown = (x: Tensor): Tensor => where(expandDims(equal(isVisible, 1), 3), x, zeros([1, 1, 1, 1]));
  const unit = shown(reshape(unitKeys(reshape(gathered(queryKey), [1, lines, count * keys, headDim])), [lines, count, keys, headDim]));
  const isOwn = cast(equal(positions, own), 'float32');
  const withSelf = add(mul(sum(mul(unit, last(queryKey)), 3), sub(1, isOwn)), mul(isOwn, selfScore));
  const scores = add(mul(withSelf, isVisible), mul(sub(1, isVisible), maskedScore));
  // The keys of all rounds in one softmax is what joining the rounds gives: one that is met twice counts twice.
  const total = logSumExp(scores);
  const weights = mul(sharesOf(scores, 2), isVisible);
  const out = sum(mul(shown(gathered(value)), expandDims(weights, 3)), 2);
  const isAlone = expandDims(cast(less(stopGradient(total), aloneBelow), 'float32'), 2); // a comparison has no gradient
  const joined = add(mul(out, sub(1, isAlone)), mul(reshape(last(value), out.shape), isAlone));
  return reshape(joined, [batch, heads, count, valueDim]);
}

/** Where each line's rows begin among those of all. @shape int32 [lines, 1, 1] */
const perLine = (lines: number, rows: number): Tensor => mul(reshape(range(0, lines, 1, 'int32'), [lines, 1, 1]), whole(rows));

/** @shape int32 [lines, count, length] */
const allKeys = (lines: number, count: number, length: number): Tensor =>
  tile(reshape(range(0, length, 1, 'int32'), [1, 1, length]), [lines, count, 1]);

/**
 * Where the keys stand that the last tokens attend to: those of their chunk in each round, and of the chunks around it in the circle.
 * @shape int32 [lines, count, rounds · keys]
 */
function keysOfChunks(buckets: Tensor, { chunkLength, chunksBefore, chunksAfter, length, count }: LastQueriesOptions): Tensor {
  const [batch = 0, heads = 0, rounds = 0, filled = 0] = buckets.shape;
  const [lines, circle] = [batch * heads, rounds * filled];
  const order = reshape(bucketOrder(buckets), [lines, rounds, filled]);
  const round = mul(reshape(range(0, lines * rounds, 1, 'int32'), [lines, rounds, 1]), whole(filled));
  const places = allKeys(lines, rounds, filled);
  const placeOf = reshape(scatterRows(reshape(add(order, round), [-1]), reshape(places, [-1]), lines * circle), [lines, rounds, filled]);
  const inRound = mul(reshape(range(0, rounds, 1, 'int32'), [1, rounds, 1]), whole(filled));
  const place = add(slice(placeOf, [0, 0, length - count], [lines, rounds, count]), inRound);
  const before = chunksBefore * chunkLength;
  // Around the circle often enough that no place is below 0.
  const shift = Math.ceil(before / circle) * circle - before;
  const first = add(mul(floorDiv(place, whole(chunkLength)), whole(chunkLength)), whole(shift));
  const keys = (chunksBefore + 1 + chunksAfter) * chunkLength;
  const far = add(expandDims(first, 3), reshape(range(0, keys, 1, 'int32'), [1, 1, 1, keys]));
  const inCircle = sub(far, mul(floorDiv(far, fill(far.shape, circle, 'int32')), whole(circle)));
  const byToken = reshape(transpose(inCircle, [0, 2, 1, 3]), [lines, count, rounds * keys]);
  return rowsOf(reshape(order, [-1]), add(byToken, perLine(lines, circle)));
}

/** 1 for keys up to the query that are no padding, else 0. @shape positions int32 [lines, count, keys] */
function visible(
  positions: Tensor,
  queries: Tensor,
  padding: Int32Array | undefined,
  { batch, heads, filled }: { readonly batch: number; readonly heads: number; readonly filled: number },
): Tensor {
  const isPast = cast(lessEqual(positions, queries), 'float32');
  if (padding === undefined) return isPast;
  const rows = Int32Array.from({ length: batch * heads }, (_, line) => Math.floor(line / heads) * filled);
  const marks = rowsOf(tensor1d(padding, 'int32'), add(positions, reshape(tensor1d(rows, 'int32'), [batch * heads, 1, 1])));
  return mul(isPast, cast(marks, 'float32'));
}
