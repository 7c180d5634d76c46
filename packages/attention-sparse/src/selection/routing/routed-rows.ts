import { logSumExp, stopGradient } from '@longspan/core-tensor';
import { type AttentionCall, attentionRows, joinedRows, type RowWeights, rowsOf, runAttention } from '@longspan/core-tensor/kernel';
import {
  add,
  concat,
  expandDims,
  fill,
  greater,
  mul,
  reshape,
  scalar,
  stack,
  type Tensor,
  tensor,
  transpose,
  where,
} from '@tensorflow/tfjs-core';
import type { SomeQueries } from './clustered-queries.ts';

export interface RoutedRowsOptions {
  /** The queries before every cluster. */
  readonly queries: SomeQueries;
  /** Their attention to the keys of the clusters. */
  readonly tokens: AttentionCall;
  /** And to those that the clusters have learned. */
  readonly memory: AttentionCall | undefined;
  /** Int32 [b, h, clusters · keys]: where the keys of the clusters stand, −1 for padding. */
  readonly positions: Tensor;
  /** Keys of all clusters together. */
  readonly keyCount: number;
}

/**
 * Rows of the softmax, the mean over the clusters that took the query: keys by where they stand, and after them, from keyCount on, the
 * learned keys of cluster 0, cluster 1, …
 */
export function routedRows(caller: string, { queries, tokens, memory, positions, keyCount }: RoutedRowsOptions): RowWeights {
  const [batch, heads, clusters, count] = queries.shares.shape as [number, number, number, number];
  const calls = memory === undefined ? [tokens] : [tokens, memory];
  const sums = calls.map((call) => runAttention(call).logSumExp);
  const whole = stopGradient(sums.length === 1 ? (sums[0] as Tensor) : logSumExp(stack(sums, 0), 0));
  const every = Array.from({ length: clusters * count }, (_, at) => at);
  const ofCalls = calls.map((call) => attentionRows(caller, call, { queries: every, logSumExp: whole }));
  const share = expandDims(reshape(queries.shares, [batch, heads, clusters * count]), 3);
  const parts = ofCalls.map(({ keys, weights }, at): RowWeights => {
    const shared = mul(weights, share);
    const places = at === 0 ? placesOf(keys, positions) : add(keys, scalar(keyCount, 'int32'));
    // What weighs nothing is hidden: a cluster that did not take the query, a later key, the token itself beside others.
    const shown = where(greater(shared, 0), places, fill(places.shape, -1, 'int32'));
    return { keys: byQuery(shown, clusters), weights: byQuery(shared, clusters) };
  });
  const all = keyCount + (memory?.sizes.keyLength ?? 0);
  return joinedRows(
    {
      keys: concat(
        parts.map(({ keys }) => keys),
        3,
      ),
      weights: concat(
        parts.map(({ weights }) => weights),
        3,
      ),
    },
    all,
  );
}

/** Keys by their places among those of the clusters, as where they stand. */
function placesOf(keys: Tensor, positions: Tensor): Tensor {
  const [batch, heads, listed] = positions.shape as [number, number, number];
  const planes = Int32Array.from({ length: batch * heads }, (_, plane) => plane * listed);
  const within = where(greater(keys, -1), keys, fill(keys.shape, 0, 'int32'));
  return rowsOf(reshape(positions, [-1]), add(within, tensor(planes, [batch, heads, 1, 1], 'int32')));
}

/** [b, h, clusters · queries, width] -> [b, h, queries, clusters · width] */
function byQuery(x: Tensor, clusters: number): Tensor {
  const [batch, heads, rows, width] = x.shape as [number, number, number, number];
  const count = rows / clusters;
  return reshape(transpose(reshape(x, [batch, heads, clusters, count, width]), [0, 1, 3, 2, 4]), [batch, heads, count, clusters * width]);
}
