import { routingAttention, routingCentroids } from '@longspan/attention-sparse';
import { stopGradient } from '@longspan/core-tensor';
import * as reference from '@longspan/tooling/reference';
import { concat, slice, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { bestSum, chosenSum, listed } from './best.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';

const { batch, heads, headDim, valueDim } = checkSizes;
/** The start of the text: the auxiliary loss is one long sum over all of it. */
const length = 110;
const [clusters, clusterSize] = [5, 30] as const;

// commitment is large, so that the auxiliary loss and its gradients are no smaller than the rest; decay is small, so that centroids move.
const options = { clusterSize, commitment: 1000, training: true, decay: 0.3 } as const;

/** Members against the most similar tokens: [b, h, clusters]. */
const byToken = (x: Tensor, centroids: Tensor): Tensor =>
  transpose(reference.routingSimilarities(reference.unit(stopGradient(x)), centroids), [0, 1, 3, 2]);

/** Int32 [b, h, clusters, window] as lists. */
const choices = async (members: Tensor): Promise<reference.Choices> => (await members.array()) as number[][][][];

function routing(name: string, shared: boolean): Mechanism {
  return {
    name,
    against: 'dense over the members; them against the most similar',
    async prepare(text) {
      const start = (name: string, dim: number): Tensor => slice(text.heads(name, { dim }), [0, 0, 0, 0], [batch, heads, length, dim]);
      const [q, own, v] = [start('q', headDim), start('k', headDim), start('v', valueDim)];
      const centroids = routingCentroids(q, { clusters, key: text.key });
      const extra = shared ? ({ sharedQueryKey: true, causal: true } as const) : {};
      const run = (q: Tensor, k: Tensor, v: Tensor) => routingAttention(q, k, v, { ...options, ...extra, centroids });
      const taken = tidy(() => run(q, shared ? q : own, v).members);
      const members = { queries: await choices(taken.queries), keys: await choices(taken.keys) };
      const everything = reference.visibleTokens(1, () => true);
      return {
        inputs: shared ? [q, v] : [q, v, own],
        ours(q, v, k = q) {
          const found = run(q, k, v);
          return [
            found.out,
            found.auxiliaryLoss,
            found.centroids,
            chosenSum(byToken(q, centroids), listed(found.members.queries, length)),
            chosenSum(byToken(k, centroids), listed(found.members.keys, length)),
          ];
        },
        reference(q, v, k = q) {
          const x = shared ? reference.unit(q) : concat([reference.unit(q), reference.unit(k)], 2);
          return [
            reference.routingAttention(q, k, v, members, { shared, causal: shared }),
            reference.routingLoss(x, centroids, options.commitment),
            reference.movedCentroids(stopGradient(x), centroids, options.decay),
            bestSum(byToken(q, centroids), everything, clusterSize),
            bestSum(byToken(k, centroids), everything, clusterSize),
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
