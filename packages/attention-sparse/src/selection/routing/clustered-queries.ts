import type { Padding } from '@longspan/core-tensor';
import { scatterRows } from '@longspan/core-tensor/kernel';
import {
  add,
  cast,
  div,
  equal,
  expandDims,
  gather,
  mul,
  ones,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor1d,
  tile,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { ClusterOrder } from './cluster-order.ts';
import { sumRows } from './sum-rows.ts';

/** routing-transformer adds this to how often a token was taken. */
const epsilon = 1e-5;

/** Queries as the clusters take them: so many for each, one cluster after the other. */
export interface ClusteredQueries {
  readonly perCluster: number;
  /** [b, h, clusters · perCluster, d] */
  readonly q: Tensor;
  /** Int32 [b, h, clusters · perCluster]: where they stand, −1 for padding. */
  readonly positions: Tensor;
  /** The mean over the clusters that took a query, 0 where none did. @shape out [b, h, clusters · perCluster, dv] -> [b, h, queries, dv] */
  meanOfClusters(out: Tensor): Tensor;
}

/** The queries that each cluster took. */
export function takenQueries(q: Tensor, order: ClusterOrder, padding: Padding | undefined): ClusteredQueries {
  const [batch = 0, heads = 0, queries = 0] = q.shape;
  const rows = batch * heads * queries;
  return {
    perCluster: order.perCluster,
    q: order.gather(q),
    positions: order.positions(padding),
    meanOfClusters(out) {
      const dv = out.shape[3] as number;
      const taken = scatterRows(order.rows, ones([order.rows.size]), rows);
      const sums = sumRows(reshape(out, [-1, dv]), order.rows, rows);
      return reshape(div(sums, expandDims(add(taken, epsilon), 1)), [batch, heads, queries, dv]);
    },
  };
}

/** Queries that stand before every cluster. */
export interface SomeQueries extends ClusteredQueries {
  /** [b, h, clusters, queries]: the part of each cluster in the mean, 0 where it did not take the query. */
  readonly shares: Tensor;
}

/**
 * Some queries alone, put before every cluster; those that did not take a query have no part in its mean. For few queries, of which
 * no one knows beforehand how many a cluster takes.
 * @param members int32 [b, h, clusters, window]: the queries that each cluster takes of all
 * @param positions int32 [b|1, h|1, queries]: where each query stands, −1 for padding
 * @param queries indices of q
 */
export function someQueries(q: Tensor, members: Tensor, positions: Tensor, queries: readonly number[]): SomeQueries {
  const [batch = 0, heads = 0] = q.shape;
  const [, , clusters = 0] = members.shape;
  const count = queries.length;
  const chosen = tensor1d(Int32Array.from(queries), 'int32');
  const isTaken = sum(cast(equal(expandDims(members, 4), reshape(chosen, [1, 1, 1, 1, count])), 'float32'), 3); // [b, h, clusters, count]
  const forAll = (x: Tensor): Tensor => {
    const [rows = 0, groups = 0, , width = 0] = x.shape;
    return reshape(tile(expandDims(x, 2), [1, 1, clusters, 1, 1]), [rows, groups, clusters * count, width]);
  };
  const ownPositions = forAll(taken(expandDims(positions, 3), queries));
  const shares = div(isTaken, expandDims(add(sum(isTaken, 2), epsilon), 2));
  return {
    perCluster: count,
    q: forAll(taken(q, queries)),
    positions: reshape(ownPositions, ownPositions.shape.slice(0, 3)),
    shares,
    meanOfClusters(out) {
      const dv = out.shape[3] as number;
      const ofClusters = reshape(out, [batch, heads, clusters, count, dv]);
      const sums = sum(where(cast(expandDims(isTaken, 4), 'bool'), mul(ofClusters, expandDims(isTaken, 4)), zerosLike(ofClusters)), 2);
      return div(sums, expandDims(add(sum(isTaken, 2), epsilon), 3));
    },
  };
}

/** @shape x [b, h, all, width] -> [b, h, queries, width] */
function taken(x: Tensor, queries: readonly number[]): Tensor {
  const [first = 0] = queries;
  const inOrder = queries.every((query, at) => query === first + at);
  if (inOrder) return slice(x, [0, 0, first, 0], [-1, -1, queries.length, -1]);
  return gather(x, tensor1d(Int32Array.from(queries), 'int32'), 2);
}
