import { type AttentionResult, dims, gatherRows, originalPositions, type Padding, stopGradient } from '@longspan/core-tensor';
import { ConfigError, requireGiven, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import {
  type AttentionCall,
  type RowWeights,
  requireFilled,
  requireQueries,
  runAttention,
  unitVectors,
} from '@longspan/core-tensor/kernel';
import { checkPadding } from '@longspan/core-tensor/layer';
import { remember } from '@longspan/core-tensor/memo';
import { cast, concat, equal, less, mean, mul, reshape, square, sub, type Tensor, tidy, tile, where } from '@tensorflow/tfjs-core';
import { attendCall } from '../../attention/attend.ts';
import { merged } from '../../attention/merge-attention.ts';
import { type Mask, mask } from '../../mask/index.ts';
import { withoutGradient } from '../scoring/without-gradient.ts';
import { averagedCentroids, movedCentroids } from './centroids.ts';
import { clusterOrder, positionsOf } from './cluster-order.ts';
import { type ClusteredQueries, someQueries, takenQueries } from './clustered-queries.ts';
import { membersOfClusters, nearestClusters } from './clusters.ts';
import { ordinaryPadding } from './ordinary-padding.ts';
import { routedRows } from './routed-rows.ts';

export interface RoutingOptions {
  /** [h, clusters, d]: state, passed in and returned; `routingCentroids` makes the first. */
  readonly centroids: Tensor;
  /** Queries that each cluster takes, tokens. */
  readonly clusterSize: number;
  /** Keys that each cluster takes; clusterSize by default. */
  readonly keyClusterSize?: number | undefined;
  /** Whether a query attends to no key after itself; then a memory is needed, unless queries and keys are shared. False by default. */
  readonly causal?: boolean | undefined;
  /**
   * Keys are queries of unit length, zeros where they are no longer than 1e-12 (pass q as k), which choose together; a token attends to itself only where it attends to nothing else.
   */
  readonly sharedQueryKey?: boolean | undefined;
  /** Learned keys and values [h, clusters, count, d] that all queries of a cluster attend to. */
  readonly memory?: { readonly keys: Tensor; readonly values: Tensor } | undefined;
  /**
   * Which queries, and where there are as many keys which keys, are padding: routed like any other token, but not attended to. A token
   * whose cluster holds keys of padding alone gets 0 from it; rows of padding hold numbers that mean nothing.
   */
  readonly padding?: Padding | undefined;
  /** Which keys are padding, where they are another sequence. */
  readonly keyPadding?: Padding | undefined;
  /** Weight of the auxiliary loss; 1e-4 by default. */
  readonly commitment?: number | undefined;
  /** Whether the returned centroids have moved; false by default. */
  readonly training?: boolean | undefined;
  /** Share of the old centroids in the moved ones; 0.999 by default. */
  readonly decay?: number | undefined;
  /** Only the last so many queries are answered, as in the call for all, to decode a step; all by default. */
  readonly lastQueries?: number | undefined;
  /** Indices of queries whose rows of the softmax are wanted; none by default. */
  readonly rowsOf?: readonly number[] | undefined;
}

export interface RoutingResult {
  /** [b, h, nq, dv]; with lastQueries so many instead of nq. */
  readonly out: Tensor;
  /** Scalar: commitment · the mean squared distance of the unit vectors from their nearest centroids. */
  readonly auxiliaryLoss: Tensor;
  /** [h, clusters, d], to be passed in at the next step. */
  readonly centroids: Tensor;
  /** Int32 [b, h, clusters, min(clusterSize, nq)] and [.., min(keyClusterSize, nk)]: the tokens of each cluster, the most similar first. */
  readonly members: { readonly queries: Tensor; readonly keys: Tensor };
  /**
   * Where `rowsOf` asks for them: of each query the mean of its clusters' rows, over keys by their index in k, and after them, from nk on,
   * over the memory of cluster 0, cluster 1, … Constants. Rows of padding mean nothing.
   */
  readonly rows?: RowWeights;
}

/** routing-transformer's score of a token with itself. */
const selfScore = -5e4;

/**
 * Attention inside clusters of similar queries and keys: online k-means says which tokens meet. A token's output is the mean over the
 * clusters that took it, 0 where none did. The choice has no gradient; the auxiliary loss pulls vectors to their centroids.
 *
 * With `causal` no query attends to a key after itself, but the choice of clusters still knows of the future: a cluster takes its most
 * similar tokens of the whole sequence, so that a later token can push an earlier one out and change its output. Where that must not
 * be, as for a loss that a model is judged by or for tokens generated one by one, let every cluster take all tokens (`clusterSize` and
 * `keyClusterSize` of at least the lengths), or use `mobaAttention`, `nsaAttention` or `blockTopKAttention`, whose causal choice knows of
 * nothing after a query. A step of decoding is the last row
 * of the call over the tokens so far: pass all of them, and `lastQueries`.
 * @shape q [b, h, nq, d]; k [b, h, nk, d]; v [b, h, nk, dv], float32
 * @throws ShapeError when the arguments do not fit; ConfigError for `causal` with neither a memory nor shared queries and keys
 * @cost O(n · clusters · d + clusters · clusterSize · keyClusterSize · d): with about √n clusters of √n tokens, O(n^1.5 · d)
 * @source Roy et al. 2021 (arXiv 2003.05997) §4; in its details as KmeansAttention of routing-transformer
 * @example
 * const x = tensor4d([9, 0, 0, 9, 9, 0, 0, 9], [1, 1, 4, 2]); // tokens 0 and 2 are alike, 1 and 3 too
 * const values = tensor4d([1, 2, 3, 4], [1, 1, 4, 1]);
 * const { out } = routingAttention(x, x, values, { centroids: tensor3d([1, 0, 0, 1], [1, 2, 2]), clusterSize: 2 });
 * Array.from(await out.data(), (y) => Math.round(y * 100) / 100); // => [2, 3, 2, 3]
 */
export function routingAttention(q: Tensor, k: Tensor, v: Tensor, options: RoutingOptions): RoutingResult {
  const caller = 'routingAttention';
  requireKnown(caller, options, {
    centroids: true,
    clusterSize: true,
    keyClusterSize: true,
    causal: 'flag',
    sharedQueryKey: 'flag',
    memory: true,
    padding: true,
    keyPadding: true,
    commitment: 'amount',
    training: 'flag',
    decay: true,
    lastQueries: true,
    rowsOf: 'list',
  });
  requireGiven(caller, 'centroids', options.centroids, 'a tensor [h, clusters, d], which routingCentroids makes');
  if (options.memory !== undefined) {
    requireKnown(`${caller} memory`, options.memory, { keys: true, values: true });
    requireGiven(caller, 'memory.keys', options.memory.keys, 'a tensor [h, clusters, count, d]');
    requireGiven(caller, 'memory.values', options.memory.values, 'a tensor [h, clusters, count, dv]');
  }
  const {
    centroids,
    memory,
    padding,
    sharedQueryKey = false,
    causal = false,
    commitment = 1e-4,
    training = false,
    decay = 0.999,
  } = options;
  const { b, h, nq, nk, clusters, d, dv } = dims(caller, {
    q: [q, 'b h nq d:float32'],
    k: [k, 'b h nk d:float32'],
    v: [v, 'b h nk dv:float32'],
    centroids: [centroids, 'h clusters d:float32'],
    'memory.keys': [memory?.keys, '?h clusters count d:float32'],
    'memory.values': [memory?.values, '?h clusters count dv:float32'],
  });
  requireFilled(caller, { b, h, nq, nk, clusters, d, dv });
  requireInteger(caller, { clusterSize: options.clusterSize, keyClusterSize: options.keyClusterSize ?? options.clusterSize }, 1);
  if (!(Number.isFinite(decay) && decay >= 0 && decay <= 1)) throw invalidDecay(decay);
  const size = Math.min(options.clusterSize, nq);
  const keySize = Math.min(options.keyClusterSize ?? options.clusterSize, nk);
  requireInteger(caller, { clusterSize: size, keyClusterSize: keySize }, 1);
  if (options.lastQueries !== undefined) {
    requireInteger(caller, { lastQueries: options.lastQueries }, 1, { atMost: nq, remedy: 'leave it out to answer all queries.' });
  }
  if (options.rowsOf !== undefined) requireQueries(caller, options.rowsOf, nq);
  if (causal && !sharedQueryKey && memory === undefined) throw noMemory(caller);
  const keyPadding = options.keyPadding ?? (nq === nk ? padding : undefined);
  checkPadding(caller, padding, { batch: b, length: nq });
  checkPadding(caller, keyPadding, { batch: b, length: nk });

  const given = { q, k, v };
  return tidy(() => {
    const [q, k, v] = [ordinaryPadding(given.q, padding), ordinaryPadding(given.k, keyPadding), ordinaryPadding(given.v, keyPadding)];
    const vectors = unitVectors(sharedQueryKey ? q : concat([q, k], 2));
    const [nearest, queries, keys, state] = withoutGradient([vectors, q, k, centroids], (still, ofQueries, ofKeys, means) => {
      const nearest = nearestClusters(still, means);
      const queries = membersOfClusters(unitVectors(ofQueries), means, size);
      const keys = sharedQueryKey ? queries : membersOfClusters(unitVectors(ofKeys), means, keySize);
      return [nearest, queries, keys, training ? averagedCentroids(means, movedCentroids(still, nearest, means), decay) : means];
    });
    const distance = sub(vectors, gatherRows(reshape(centroids, [-1, centroids.shape[2] as number]), nearest));
    const auxiliaryLoss = mul(mean(square(distance)), commitment);

    const sizes = { batch: b, heads: h, clusters };
    const keyOrder = clusterOrder(keys, nk);
    const clusteredV = keyOrder.gather(v);
    const clustered =
      options.lastQueries === undefined
        ? takenQueries(q, clusterOrder(queries, nq), padding)
        : someQueries(q, queries, positionsOf(nq, padding), indicesFrom(nq - options.lastQueries, nq));
    const clusteredK = keyOrder.gather(sharedQueryKey ? unitVectors(k) : k);
    const keyPositions = keyOrder.positions(keyPadding);
    const tokensOf = (of: ClusteredQueries): AttentionCall =>
      attendCall(of.q, clusteredK, clusteredV, {
        mask: sameCluster(of.perCluster, sharedQueryKey ? size : keySize),
        queryOffset: 0,
        score: [originalPositions({ query: of.positions, key: keyPositions, causal, selfScore: sharedQueryKey ? selfScore : undefined })],
      });
    const memoryOf = (of: ClusteredQueries) => memory && memoryCall(of.q, memory, of.perCluster);
    const ofTokens = runAttention(tokensOf(clustered));
    const ofMemory = memoryOf(clustered);
    const result =
      ofMemory === undefined ? filled(ofTokens, clusteredV, clustered.positions, sizes) : merged(ofTokens, runAttention(ofMemory));
    const chosen = options.rowsOf && someQueries(q, queries, positionsOf(nq, padding), options.rowsOf);
    const rows = chosen && { queries: chosen, tokens: tokensOf(chosen), memory: memoryOf(chosen), positions: keyPositions, keyCount: nk };
    return {
      out: clustered.meanOfClusters(result.out),
      auxiliaryLoss,
      centroids: state,
      members: { queries, keys },
      ...(rows === undefined ? {} : { rows: routedRows(caller, rows) }),
    };
  });
}

const indicesFrom = (first: number, end: number): readonly number[] => Array.from({ length: end - first }, (_, at) => first + at);

const known = remember<Mask>('routingAttention masks');

/** Queries and keys of one cluster attend to each other: so many of each, cluster after cluster. */
const sameCluster = (queries: number, keys: number): Mask =>
  known(`${queries} ${keys}`, () => {
    const [ofQuery, ofKey] = [(query: number) => Math.floor(query / queries), (key: number) => Math.floor(key / keys)];
    return mask({
      name: `clusters of ${queries} queries and ${keys} keys`,
      allows: (query, key) => ofQuery(query) === ofKey(key),
      cover(q, k) {
        const [first, last] = [Math.max(ofQuery(q.start), ofKey(k.start)), Math.min(ofQuery(q.end - 1), ofKey(k.end - 1))];
        if (first > last) return 'none';
        return ofQuery(q.start) === ofQuery(q.end - 1) && ofKey(k.start) === ofKey(k.end - 1) ? 'all' : 'some';
      },
    });
  });

/** The learned keys of a cluster as its queries attend to them. */
function memoryCall(
  clusteredQ: Tensor,
  { keys, values }: { readonly keys: Tensor; readonly values: Tensor },
  window: number,
): AttentionCall {
  const [batch = 0] = clusteredQ.shape;
  const [heads = 0, clusters = 0, count = 0] = keys.shape;
  const forAll = (x: Tensor): Tensor => tile(reshape(x, [1, heads, clusters * count, x.shape[3] as number]), [batch, 1, 1, 1]);
  return attendCall(clusteredQ, forAll(keys), forAll(values), { mask: sameCluster(window, count), queryOffset: 0 });
}

/**
 * For a query that is padding the mean of its cluster's values, as the reference has it. A token whose cluster holds keys of padding alone
 * takes nothing of them, which the reference gives it too.
 */
function filled(
  { out, logSumExp }: AttentionResult,
  clusteredV: Tensor,
  queryPositions: Tensor,
  { batch, heads, clusters }: { readonly batch: number; readonly heads: number; readonly clusters: number },
): AttentionResult {
  const valueDim = clusteredV.shape[3] as number;
  const window = (out.shape[2] as number) / clusters;
  const groups = batch * heads * clusters;
  const means = mean(reshape(clusteredV, [groups, -1, valueDim]), 1, true);
  const isMasked = cast(equal(stopGradient(logSumExp), Number.NEGATIVE_INFINITY), 'float32');
  const isMaskedPadding = mul(isMasked, cast(less(queryPositions, 0), 'float32'));
  const isFilled = cast(reshape(isMaskedPadding, [groups, window, 1]), 'bool');
  const own = reshape(out, [groups, window, valueDim]);
  return { out: reshape(where(isFilled, means, own), out.shape), logSumExp };
}

const noMemory = (caller: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'causal routing needs memory or sharedQueryKey.',
    expected: 'with causal: a memory, or sharedQueryKey',
    got: 'neither',
    remedy: 'pass memory: { keys, values } of [h, clusters, 1, d], learned with the rest.',
  });

const invalidDecay = (decay: unknown): ConfigError =>
  new ConfigError({
    caller: 'routingAttention',
    problem: 'decay must be in [0, 1].',
    expected: 'a number of 0 … 1',
    got: show(decay),
    remedy: 'use 0.999, or leave it out.',
  });
