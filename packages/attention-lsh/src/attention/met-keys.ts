import { gatherRows, logSumExp, stopGradient } from '@longspan/core-tensor';
import { maskedScore, rowsOf, scatterRows, sharesOf } from '@longspan/core-tensor/kernel';
import {
  add,
  cast,
  equal,
  expandDims,
  fill,
  floorDiv,
  gather,
  less,
  lessEqual,
  mul,
  onesLike,
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

/** Neighbours from a first one on, or some by their positions. */
export type Queries = { readonly first: number; readonly count: number } | readonly number[];

export interface MetKeysOptions extends Chunks {
  readonly queries: Queries;
  readonly causal: boolean;
  /** Int32 [b, h, rounds, n]; undefined for a sequence of one chunk, which is not hashed. */
  readonly buckets: Tensor | undefined;
  /** As `tokenMarks` makes them, for the filled length. */
  readonly padding: Int32Array | undefined;
}

/** The keys of all rounds that some queries meet, one line for each head of each batch row. */
export interface MetKeys {
  /** Int32 [lines, queries, keys]: where they stand; one that is met twice stands there twice. */
  readonly positions: Tensor;
  /** [lines, queries, keys]: their shares of one softmax, which is what joining the rounds by their log-sum-exps gives. */
  readonly weights: Tensor;
  /** [lines, queries, keys]: 1 where the query attends to the key, itself included. */
  readonly isVisible: Tensor;
  /** The same shape: 1 where the key is the query itself. */
  readonly isOwn: Tensor;
  /** Bool [lines, queries]: whether it attends to nothing but itself. */
  readonly isAlone: Tensor;
  /** The rows of the keys. @shape [b, h, n, width] -> [lines, queries, keys, width] */
  gathered(x: Tensor): Tensor;
  /** Rows of the keys, zeros in place of those that are hidden: their numbers may be NaN, and NaN · 0 is NaN. */
  shown(x: Tensor): Tensor;
}

const whole = (value: number): Tensor => scalar(value, 'int32');

/**
 * What some queries of `hashedAttention` attend to: each reads the keys of its own chunks alone, found by its place in each round's order.
 * @shape queryKey [b, h, n, d], n filled up to whole chunks
 * @cost O(rounds · n · log n) for the order, on the device; rounds · chunkLength · (before + 1 + after) keys for each query
 */
export function metKeys(queryKey: Tensor, options: MetKeysOptions): MetKeys {
  const { queries, causal, buckets } = options;
  const count = countOf(queries);
  const [batch = 0, heads = 0, filled = 0, headDim = 0] = queryKey.shape;
  const lines = batch * heads;
  const positions = buckets === undefined ? allKeys(lines, count, filled) : keysOfChunks(buckets, options);
  const keys = positions.shape[2] as number;
  const rows = add(positions, perLine(lines, filled));
  const gathered = (x: Tensor): Tensor => gatherRows(reshape(x, [-1, x.shape[3] as number]), rows);
  const own = reshape(positionsOf(queries), [1, count, 1]);
  const isVisible = visible(positions, causal ? own : undefined, options.padding, { batch, heads, filled });
  const shown = (x: Tensor): Tensor => where(expandDims(equal(isVisible, 1), 3), x, zeros([1, 1, 1, 1]));
  const unit = shown(reshape(unitKeys(reshape(gathered(queryKey), [1, lines, count * keys, headDim])), [lines, count, keys, headDim]));
  const isOwn = cast(equal(positions, own), 'float32');
  const ofQueries = reshape(taken(reshape(queryKey, [lines, filled, headDim]), queries, 1), [lines, count, 1, headDim]);
  const withSelf = add(mul(sum(mul(unit, ofQueries), 3), sub(1, isOwn)), mul(isOwn, selfScore));
  const scores = add(mul(withSelf, isVisible), mul(sub(1, isVisible), maskedScore));
  const weights = mul(sharesOf(scores, 2), isVisible);
  const isAlone = less(stopGradient(logSumExp(scores)), aloneBelow); // a comparison has no gradient
  return { positions, weights, isVisible, isOwn, isAlone, gathered, shown };
}

const countOf = (queries: Queries): number => ('count' in queries ? queries.count : queries.length);

/** Int32 [queries] */
const positionsOf = (queries: Queries): Tensor =>
  'count' in queries ? range(queries.first, queries.first + queries.count, 1, 'int32') : tensor1d(Int32Array.from(queries), 'int32');

/** The queries among what stands along an axis of three. */
function taken(x: Tensor, queries: Queries, axis: 1 | 2): Tensor {
  if (!('count' in queries)) return gather(x, positionsOf(queries), axis);
  const begin = [0, 0, 0].map((_, at) => (at === axis ? queries.first : 0));
  return slice(
    x,
    begin,
    [-1, -1, -1].map((_, at) => (at === axis ? queries.count : (x.shape[at] as number))),
  );
}

/** Where each line's rows begin among those of all. @shape int32 [lines, 1, 1] */
const perLine = (lines: number, rows: number): Tensor => mul(reshape(range(0, lines, 1, 'int32'), [lines, 1, 1]), whole(rows));

/** @shape int32 [lines, count, length] */
const allKeys = (lines: number, count: number, length: number): Tensor =>
  tile(reshape(range(0, length, 1, 'int32'), [1, 1, length]), [lines, count, 1]);

/**
 * Where the keys stand that the queries meet: those of their chunk in each round, and of the chunks around it in the circle.
 * @shape int32 [lines, count, rounds · keys]
 */
function keysOfChunks(buckets: Tensor, { chunkLength, chunksBefore, chunksAfter, queries }: MetKeysOptions): Tensor {
  const count = countOf(queries);
  const [batch = 0, heads = 0, rounds = 0, filled = 0] = buckets.shape;
  const [lines, circle] = [batch * heads, rounds * filled];
  const order = reshape(bucketOrder(buckets), [lines, rounds, filled]);
  const round = mul(reshape(range(0, lines * rounds, 1, 'int32'), [lines, rounds, 1]), whole(filled));
  const places = allKeys(lines, rounds, filled);
  const placeOf = reshape(scatterRows(reshape(add(order, round), [-1]), reshape(places, [-1]), lines * circle), [lines, rounds, filled]);
  const inRound = mul(reshape(range(0, rounds, 1, 'int32'), [1, rounds, 1]), whole(filled));
  const place = add(taken(placeOf, queries, 2), inRound);
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

/** 1 for keys that are no padding, and up to the queries where those are given, else 0. @shape positions int32 [lines, count, keys] */
function visible(
  positions: Tensor,
  queries: Tensor | undefined,
  padding: Int32Array | undefined,
  { batch, heads, filled }: { readonly batch: number; readonly heads: number; readonly filled: number },
): Tensor {
  const isPast = queries === undefined ? onesLike(cast(positions, 'float32')) : cast(lessEqual(positions, queries), 'float32');
  if (padding === undefined) return isPast;
  const rows = Int32Array.from({ length: batch * heads }, (_, line) => Math.floor(line / heads) * filled);
  const marks = rowsOf(tensor1d(padding, 'int32'), add(positions, reshape(tensor1d(rows, 'int32'), [batch * heads, 1, 1])));
  return mul(isPast, cast(marks, 'float32'));
}
