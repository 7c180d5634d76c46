import { routingAttention, routingCentroids } from '@longspan/attention-sparse';
import { stopGradient } from '@longspan/core-tensor';
import {
  add,
  addN,
  argMax,
  broadcastTo,
  concat,
  div,
  expandDims,
  greater,
  matMul,
  mean,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tidy,
  transpose,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { bestSum, chosenSum, listed } from './best.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';
import { attend, oneHots, scoresOf, seenPairs, table } from './stock.ts';

const { batch, heads, headDim, valueDim } = checkSizes;
/** The start of the text: the auxiliary loss is one long sum over all of it. */
const length = 110;
const [clusters, windowSize] = [5, 30] as const;

const unit = (x: Tensor): Tensor => div(x, sqrt(sum(square(x), -1, true)));

/** The centroids of each head for all batch rows: [h, clusters, d] -> [b, h, clusters, d]. */
const forAllRows = (centroids: Tensor): Tensor => add(expandDims(centroids, 0), zeros([batch, 1, 1, 1]));

/** How similar each token is to each centroid: [b, h, n, clusters]. */
const similarities = (x: Tensor, centroids: Tensor): Tensor => scoresOf(x, forAllRows(centroids), { scale: 1 });

/** 1 for the centroid that is most similar, the first of equals: [b, h, m, clusters]. */
const nearest = (x: Tensor, centroids: Tensor): Tensor => oneHots(argMax(similarities(stopGradient(x), centroids), 3), clusters);

/** commitment · the mean squared distance of unit vectors from their nearest centroids. */
const auxiliaryLoss = (x: Tensor, centroids: Tensor, commitment: number): Tensor =>
  mul(mean(square(sub(x, matMul(nearest(x, centroids), forAllRows(centroids))))), commitment);

/** decay · old + (1 − decay) · the unit vector along the sum of what is nearest. */
function movedCentroids(x: Tensor, centroids: Tensor, decay: number): Tensor {
  const own = nearest(x, centroids);
  const sums = sum(matMul(own, x, true, false), 0);
  const isTaken = broadcastTo(expandDims(greater(sum(own, [0, 2]), 0), 2), sums.shape);
  const moved = where(isTaken, unit(sums), centroids);
  return add(mul(centroids, decay), mul(moved, 1 - decay));
}

interface Members {
  /** [b, h, clusters, n]: 1 for the tokens that a cluster took. */
  readonly queries: Tensor;
  readonly keys: Tensor;
}

const membersOf = ({ queries, keys }: Members): Members => ({ queries: listed(queries, length), keys: listed(keys, length) });

/** Each cluster's attention as a table of all pairs; a token takes the mean over the clusters that took it. */
function attendClusters(q: Tensor, k: Tensor, v: Tensor, { queries, keys }: Members, isShared: boolean): Tensor {
  const past = seenPairs(length, length, (query, key) => key <= query);
  const itself = reshape(
    table(length, length, (query, key) => (query === key ? -5e4 : 0)),
    [1, 1, length, length],
  );
  const outs = Array.from({ length: clusters }, (_, cluster) => {
    const ofCluster = (each: Tensor): Tensor => slice(each, [0, 0, cluster, 0], [batch, heads, 1, length]);
    const pairs = mul(transpose(ofCluster(queries), [0, 1, 3, 2]), ofCluster(keys));
    return attend(q, k, v, isShared ? { counts: mul(pairs, past), scores: itself } : { counts: pairs });
  });
  return div(addN(outs), expandDims(add(sum(queries, 2), 1e-5), 3));
}

// commitment is large, so that the auxiliary loss and its gradients are no smaller than the rest; decay is small, so that centroids move.
const options = { windowSize, commitment: 1000, training: true, decay: 0.3 } as const;

/** Members against the most similar tokens: [b, h, clusters]. */
const byToken = (x: Tensor, centroids: Tensor): Tensor => transpose(similarities(unit(stopGradient(x)), centroids), [0, 1, 3, 2]);

function routing(name: string, isShared: boolean): Mechanism {
  return {
    name,
    against: 'dense over the members; them against the most similar',
    prepare(text) {
      const start = (name: string, dim: number): Tensor => slice(text.heads(name, { dim }), [0, 0, 0, 0], [batch, heads, length, dim]);
      const [q, own, v] = [start('q', headDim), start('k', headDim), start('v', valueDim)];
      const centroids = routingCentroids(q, { clusters, key: text.key });
      const extra = isShared ? ({ sharedQueryKey: true, causal: true } as const) : {};
      const run = (q: Tensor, k: Tensor, v: Tensor) => routingAttention(q, k, v, { ...options, ...extra, centroids });
      const members = tidy(() => ({ ...membersOf(run(q, isShared ? q : own, v).members) }));
      const everything = seenPairs(1, 1, () => true);
      return {
        inputs: isShared ? [q, v] : [q, v, own],
        ours(q, v, k = q) {
          const found = run(q, k, v);
          const taken = membersOf(found.members);
          return [
            found.out,
            found.auxiliaryLoss,
            found.centroids,
            chosenSum(byToken(q, centroids), taken.queries),
            chosenSum(byToken(k, centroids), taken.keys),
          ];
        },
        reference(q, v, k = q) {
          const x = isShared ? unit(q) : concat([unit(q), unit(k)], 2);
          return [
            attendClusters(q, isShared ? unit(k) : k, v, members, isShared),
            auxiliaryLoss(x, centroids, options.commitment),
            movedCentroids(stopGradient(x), centroids, options.decay),
            bestSum(byToken(q, centroids), everything, windowSize),
            bestSum(byToken(k, centroids), everything, windowSize),
          ];
        },
      };
    },
  };
}

/** Attention inside clusters of similar tokens. */
export const routingMechanisms: readonly Mechanism[] = [
  routing('routingAttention, 5 clusters of 30', false),
  routing('routingAttention, shared query-key, causal', true),
];
