import { createKey, dims, type Key, randomPermutation } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { asRows, requireFilled, rowsOf, scatterRows, unitVectors } from '@longspan/core-tensor/kernel';
import {
  add,
  broadcastTo,
  expandDims,
  greater,
  mul,
  ones,
  reshape,
  type Tensor,
  tensor2d,
  tidy,
  transpose,
  where,
} from '@tensorflow/tfjs-core';
import { withoutGradient } from '../scoring/without-gradient.ts';
import { nearestClusters } from './clusters.ts';

/**
 * One step of spherical k-means: each centroid becomes the unit vector along the sum of the vectors nearest to it; one that nothing is
 * nearest to stays.
 * @shape x [b, h, n, d], unit length; nearest int32 [b, h, n] of nearestClusters; centroids [h, clusters, d] -> [h, clusters, d]
 */
export function movedCentroids(x: Tensor, nearest: Tensor, centroids: Tensor): Tensor {
  const [heads = 0, clusters = 0] = centroids.shape;
  return tidy(() => {
    const sums = reshape(scatterRows(nearest, x, heads * clusters), centroids.shape);
    const counts = scatterRows(nearest, ones(nearest.shape), heads * clusters);
    const isNearest = broadcastTo(expandDims(greater(reshape(counts, [heads, clusters]), 0), 2), centroids.shape);
    return where(isNearest, unitVectors(sums), centroids);
  });
}

export interface RoutingCentroidsOptions {
  readonly clusters: number;
  /** Steps of k-means after the first choice; 10 by default. */
  readonly iterations?: number | undefined;
  /** Which tokens the centroids start from. */
  readonly key?: Key | undefined;
}

/**
 * Centroids to start with: k-means on the directions of some vectors, one set for each head. Give it the queries and keys of a first batch.
 * @shape x [b, h, n, d] -> [h, clusters, d]
 * @throws ConfigError when there are more clusters than vectors of one head
 * @cost O(iterations · n · clusters · d)
 * @source Roy et al. 2021 (arXiv 2003.05997) §4.1; ten steps on the first batch as in routing-transformer
 * @example
 * const twoDirections = tensor4d([1, 0, 3, 0, 0, 2, 0, 5], [1, 1, 4, 2]);
 * const centroids = routingCentroids(twoDirections, { clusters: 2, key: createKey(3) });
 * (await centroids.array())[0].sort(); // => [[0, 1], [1, 0]]
 */
export function routingCentroids(x: Tensor, options: RoutingCentroidsOptions): Tensor {
  requireKnown('routingCentroids', options, { clusters: true, iterations: true, key: 'key' });
  const { clusters, iterations = 10, key = createKey(0) } = options;
  const { b, h, n, d } = dims('routingCentroids', { x: [x, 'b h n d:float32'] });
  requireFilled('routingCentroids', { b, h, n, d });
  requireInteger('routingCentroids', { clusters }, 1);
  requireInteger('routingCentroids', { iterations }, 0, { atMost: 100_000 });
  if (clusters > b * n) {
    throw new ConfigError({
      caller: 'routingCentroids',
      problem: 'clusters must be at most the number of vectors.',
      expected: `at most ${b * n} clusters (b · n of x)`,
      got: String(clusters),
      remedy: 'use fewer clusters; about the square root of the sequence length is usual.',
    });
  }
  const [centroids] = withoutGradient([x], (still) => {
    const vectors = unitVectors(still);
    const order = randomPermutation(key, b * n).slice(0, clusters);
    const picked = Array.from({ length: h * clusters }, (_, at) => Math.floor(at / clusters) * b * n + (order[at % clusters] as number));
    let centroids = rowsOf(asRows(transpose(vectors, [1, 0, 2, 3])), tensor2d(picked, [h, clusters], 'int32'));
    for (let step = 0; step < iterations; step++) {
      const [before, nearest] = [centroids, nearestClusters(vectors, centroids)];
      centroids = movedCentroids(vectors, nearest, before);
      nearest.dispose();
      before.dispose();
    }
    return [centroids];
  });
  return centroids;
}

/** decay · old + (1 − decay) · moved. @shape both [h, clusters, d] */
export const averagedCentroids = (old: Tensor, moved: Tensor, decay: number): Tensor =>
  tidy(() => add(mul(old, decay), mul(moved, 1 - decay)));
