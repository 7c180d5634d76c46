import { chunksOf, inChunks, itemsPerChunk, partOf } from '@longspan/core-tensor/kernel';
import { add, argMax, expandDims, matMul, mul, range, reshape, scalar, type Tensor, tidy, topk } from '@tensorflow/tfjs-core';

/**
 * The tokens that each cluster takes: those most similar to its centroid, the most similar first. A token may be in several clusters, or
 * in none.
 * @shape x [b, h, n, d], unit length; centroids [h, clusters, d]; returns int32 [b, h, clusters, window]
 * @cost O(n · clusters · d) time, 16 MB of similarities at a time
 */
export function membersOfClusters(x: Tensor, centroids: Tensor, window: number): Tensor {
  const [batch = 0, heads = 0, tokens = 0] = x.shape;
  const clusters = centroids.shape[1] as number;
  const [members] = inChunks(chunksOf(clusters, itemsPerChunk(batch * heads * tokens)), 2, (chunk) => {
    const some = expandDims(partOf(centroids, chunk, 1), 0);
    return [topk(matMul(some, x, false, true), window).indices];
  });
  return members;
}

/**
 * The cluster whose centroid each token is most similar to.
 * @shape x [b, h, n, d], unit length; centroids [h, clusters, d]; returns int32 [b, h, n], head · clusters + cluster
 * @cost O(n · clusters · d) time, 16 MB of similarities at a time
 */
export function nearestClusters(x: Tensor, centroids: Tensor): Tensor {
  const [batch = 0, heads = 0, tokens = 0] = x.shape;
  const clusters = centroids.shape[1] as number;
  return tidy(() => {
    const [nearest] = inChunks(chunksOf(tokens, itemsPerChunk(batch * heads * clusters)), 2, (chunk) => [
      argMax(matMul(partOf(x, chunk, 2), expandDims(centroids, 0), false, true), 3),
    ]);
    const first = mul(reshape(range(0, heads, 1, 'int32'), [1, heads, 1]), scalar(clusters, 'int32'));
    return add(nearest, first);
  });
}
