import {
  add,
  argMax,
  concat,
  expandDims,
  matMul,
  mul,
  range,
  reshape,
  scalar,
  slice,
  type Tensor,
  tidy,
  topk,
} from '@tensorflow/tfjs-core';

/** Similarities that are there at a time: 16 MB. */
const numbersAtOnce = 1 << 22;

/** Runs over stretches of 0 … count and joins what they give along axis 2. */
function inStretches(count: number, numbersEach: number, make: (from: number, length: number) => Tensor): Tensor {
  const step = Math.max(1, Math.floor(numbersAtOnce / Math.max(1, numbersEach)));
  const parts: Tensor[] = [];
  for (let from = 0; from < count; from += step) parts.push(tidy(() => make(from, Math.min(step, count - from))));
  if (parts.length === 1) return parts[0] as Tensor;
  const joined = concat(parts, 2);
  for (const part of parts) part.dispose();
  return joined;
}

/**
 * The tokens that each cluster takes: those most similar to its centroid, the most similar first. A token may be in several clusters, or
 * in none.
 * @shape x [b, h, n, d], unit length; centroids [h, clusters, d]; returns int32 [b, h, clusters, window]
 * @cost O(n · clusters · d) time, 16 MB of similarities at a time
 */
export function membersOfClusters(x: Tensor, centroids: Tensor, window: number): Tensor {
  const [batch = 0, heads = 0, tokens = 0] = x.shape;
  const [, clusters = 0, width = 0] = centroids.shape;
  return inStretches(clusters, batch * heads * tokens, (from, length) => {
    const some = expandDims(slice(centroids, [0, from, 0], [heads, length, width]), 0);
    return topk(matMul(some, x, false, true), window).indices;
  });
}

/**
 * The cluster whose centroid each token is most similar to.
 * @shape x [b, h, n, d], unit length; centroids [h, clusters, d]; returns int32 [b, h, n], head · clusters + cluster
 * @cost O(n · clusters · d) time, 16 MB of similarities at a time
 */
export function nearestClusters(x: Tensor, centroids: Tensor): Tensor {
  const [batch = 0, heads = 0, tokens = 0, width = 0] = x.shape;
  const clusters = centroids.shape[1] as number;
  return tidy(() => {
    const nearest = inStretches(tokens, batch * heads * clusters, (from, length) =>
      argMax(matMul(slice(x, [0, 0, from, 0], [batch, heads, length, width]), expandDims(centroids, 0), false, true), 3),
    );
    const first = mul(reshape(range(0, heads, 1, 'int32'), [1, heads, 1]), scalar(clusters, 'int32'));
    return add(nearest, first);
  });
}
