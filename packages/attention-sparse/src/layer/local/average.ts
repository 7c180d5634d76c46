import { add, mul, pad, reshape, slice, sum, type Tensor, tensor, tile } from '@tensorflow/tfjs-core';

export interface LocalAverageOptions {
  readonly heads: number;
  readonly bucketSize: number;
  readonly before: number;
  readonly after: number;
  /** 1 for each token whose row is wanted, per batch row or once for all. */
  readonly wanted: readonly Uint8Array[];
}

/**
 * The plain average of all values in the look-around window of the wanted queries, 0 for the others: what local-attention
 * returns where a softmax had nothing to choose from. Every masked key counts, tokens that fill the last bucket count as 0,
 * and those of a bucket outside the sequence as −1, local-attention's mark for padding.
 * @shape v [b, hkv, n, dv]; returns [b, h, n, dv]
 * @cost O(n · dv · buckets in a window); sums are made once per bucket
 */
export function localAverage(v: Tensor, { heads, bucketSize, before, after, wanted }: LocalAverageOptions): Tensor {
  const [batch = 0, keyHeads = 0, length = 0, valueDim = 0] = v.shape;
  const buckets = Math.ceil(length / bucketSize);
  const filled = pad(v, [
    [0, 0],
    [0, 0],
    [0, buckets * bucketSize - length],
    [0, 0],
  ]);
  const sums = sum(reshape(filled, [batch * keyHeads, buckets, bucketSize, valueDim]), 2);
  const around = pad(
    sums,
    [
      [0, 0],
      [before, after],
      [0, 0],
    ],
    -bucketSize,
  );
  const windowBuckets = before + 1 + after;
  let windowSums = slice(around, [0, 0, 0], [-1, buckets, -1]);
  for (let shift = 1; shift < windowBuckets; shift++) windowSums = add(windowSums, slice(around, [0, shift, 0], [-1, buckets, -1]));

  const averages = mul(windowSums, 1 / (windowBuckets * bucketSize));
  const group = heads / keyHeads;
  const perHead = reshape(group === 1 ? averages : tile(reshape(averages, [batch * keyHeads, 1, buckets * valueDim]), [1, group, 1]), [
    batch,
    heads,
    buckets,
    1,
    valueDim,
  ]);
  const marks = new Float32Array(wanted.length * buckets * bucketSize);
  wanted.forEach((row, at) => {
    marks.set(row, at * buckets * bucketSize);
  });
  const perToken = mul(perHead, tensor(marks, [wanted.length, 1, buckets, bucketSize, 1]));
  return slice(reshape(perToken, [batch, heads, buckets * bucketSize, valueDim]), [0, 0, 0, 0], [-1, -1, length, -1]);
}
