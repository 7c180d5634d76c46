import {
  applyLinear,
  dims,
  gatherRows,
  type Key,
  type Layer,
  linearCrossEntropy,
  logSumExp,
  normal,
  type Parameters,
  parameter,
} from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import {
  add,
  concat,
  expandDims,
  mul,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { requireShapes } from '../attention/requirements.ts';
import { type ClusterSizes, type Clusters, clustersOf } from './clusters.ts';
import { type SortedTargets, sortTargets } from './sort-targets.ts';

export interface AdaptiveSoftmaxConfig extends ClusterSizes {
  /** Whether the tables are those of the embedding; false when absent. */
  readonly tieTables?: boolean;
  /** For each cluster whether its projection is the embedding's; none when absent. Hugging Face's `tie_projs`. */
  readonly tieProjections?: readonly boolean[];
}

export interface AdaptiveSoftmaxInputs {
  /** [..., width] */
  readonly hidden: Tensor;
  /**
   * The token that each row has to predict, in the order of hidden's rows. Numbers of the host, because they decide what is
   * computed: a cluster's logits are worked out for its own rows only.
   */
  readonly targets: ArrayLike<number>;
  /** Rows with this target have the loss 0 and no gradient; −100 when absent. */
  readonly ignoreIndex?: number;
}

/** The layer: losses of given targets, [...] nats; and all probabilities where they are wanted. */
export interface AdaptiveSoftmax extends Layer<AdaptiveSoftmaxInputs, Tensor> {
  /** log p of every token, [..., vocabulary]: the one function that makes rows as wide as the vocabulary. */
  logProbabilities(parameters: Parameters, hidden: Tensor): Tensor;
  /**
   * Throws what apply would throw for hidden rows of that shape, without its last axis: what a model refuses before its first
   * operation leaves nothing behind under a gradient tape.
   */
  check(parameters: Parameters, shape: readonly number[], targets?: ArrayLike<number>): void;
  /** The parameters with those that are tied taken from an embedding of the same sizes: the same tensors under a second name. */
  tie(parameters: Parameters, embedding: Parameters): Parameters;
}

const caller = 'adaptiveSoftmax';
/** How Hugging Face draws tables and projections. */
const [tableDeviation, projectionDeviation] = [0.02, 0.01];

/**
 * A softmax over a large vocabulary in two steps: the head holds the most frequent tokens and one entry for each cluster of rarer
 * ones, whose logits are computed only for the rows that need them. apply gives each row's loss in nats.
 * Parameters as in Hugging Face: `cluster_weight`, `cluster_bias`, `out_layers.i.weight`, `out_layers.i.bias`, `out_projs.i`; with
 * divVal 1 one table `out_layers.0`. init leaves out what is tied: `tie` puts it in. Where no target is of a cluster, its parameters
 * take no part and get no gradient (null from variableGrads, an error from grads), as in Hugging Face.
 * @shape inputs.hidden [..., width], inputs.targets as many numbers; returns [...]
 * @throws ConfigError when the sizes do not fit each other; apply: ShapeError for targets that do not fit
 * @cost O(rows · width · (cutoffs[0] + clusters)) and, for each cluster, O(its rows · its tokens · its features); 16 MB of logits at a
 *   time, computed again in the backward pass
 * @source Grave et al. 2017 (arXiv 1609.04309); ProjectedAdaptiveLogSoftmax of Hugging Face transformers 4.57, whose clusters stand in
 *   rising order (the authors' code has them in falling order: flip the rows of `cluster_weight`)
 * @example
 * const softmax = adaptiveSoftmax({ vocabulary: 6, width: 2, cutoffs: [2] });
 * const even = { cluster_weight: zeros([1, 2]), cluster_bias: zeros([1]), 'out_layers.0.weight': zeros([6, 2]), 'out_layers.0.bias': zeros([6]) };
 * await softmax.apply(even, { hidden: ones([2, 2]), targets: [0, 5] }).data(); // => [1.0986123, 2.4849066]
 */
export function adaptiveSoftmax(config: AdaptiveSoftmaxConfig): AdaptiveSoftmax {
  const clusters = clustersOf(caller, config);
  const { tieTables = false, tieProjections = [] } = config;
  requireTies(clusters, tieProjections);
  const { width, embeddingWidth, projected, shared, all } = clusters;
  const [head, ...tails] = all;
  const tables = shared ? [{ start: 0, end: clusters.vocabulary, width: embeddingWidth }] : all;

  const shapes: Readonly<Record<string, readonly number[]>> = {
    ...(tails.length === 0 ? {} : { cluster_weight: [tails.length, embeddingWidth], cluster_bias: [tails.length] }),
    ...Object.fromEntries(
      tables.flatMap((table, at) => [
        [`out_layers.${at}.weight`, [table.end - table.start, table.width]],
        [`out_layers.${at}.bias`, [table.end - table.start]],
      ]),
    ),
    ...Object.fromEntries(projected ? all.map((cluster, at) => [`out_projs.${at}`, [width, cluster.width]]) : []),
  };
  const tied: ReadonlyMap<string, string> = new Map([
    ...(tieTables ? tables.map((_, at) => [`out_layers.${at}.weight`, `emb_layers.${at}.weight`] as const) : []),
    ...all.flatMap((_, at) =>
      projected && tieProjections[at] === true ? [[`out_projs.${at}`, `emb_projs.${shared ? 0 : at}`] as const] : [],
    ),
  ]);

  const sorted = (targets: ArrayLike<number>, leading: readonly number[], ignoreIndex: number): SortedTargets => {
    const count = leading.reduce((product, size) => product * size, 1);
    if (targets.length === count) return sortTargets(caller, targets, clusters, ignoreIndex);
    throw new ShapeError({
      caller,
      problem: 'targets do not fit.',
      expected: `${count} numbers, one for each of [${leading.join(', ')}]`,
      got: `${targets.length}`,
      remedy: 'give the token that follows each position, and −100 where none does.',
    });
  };

  const prepare = (parameters: Parameters, hidden: Tensor): readonly ClusterLayer[] => {
    dims(caller, { hidden: [hidden, `... ${width}:float32`] });
    const found = requireShapes(caller, parameters, shapes);
    const joined = (own: Tensor, name: string): Tensor => (found[name] === undefined ? own : concat([own, found[name]]));
    return all.map((cluster, at) => {
      const projection = found[`out_projs.${at}`];
      const [weight, bias] = ['weight', 'bias'].map((part) => found[`out_layers.${shared ? 0 : at}.${part}`]) as [Tensor, Tensor];
      const size = cluster.end - cluster.start;
      const cut = (x: Tensor): Tensor =>
        x.shape[0] === size ? x : slice(x, [cluster.start, 0].slice(0, x.rank), [size, cluster.width].slice(0, x.rank));
      return {
        project: (rows) => (projection === undefined ? rows : applyLinear(rows, transpose(projection))),
        weight: () => (at === 0 ? joined(cut(weight), 'cluster_weight') : cut(weight)),
        bias: () => (at === 0 ? joined(cut(bias), 'cluster_bias') : cut(bias)),
      };
    });
  };

  return {
    init: (key: Key): Parameters =>
      Object.fromEntries(
        Object.entries(shapes)
          .filter(([name]) => !tied.has(name))
          .map(([name, shape]) => {
            if (name.endsWith('bias')) return [name, zeros([...shape])];
            const standardDeviation = name.startsWith('out_projs') ? projectionDeviation : tableDeviation;
            return [name, normal(key.fold(name), shape, { standardDeviation })];
          }),
      ),

    tie: (parameters: Parameters, embedding: Parameters): Parameters => ({
      ...parameters,
      ...Object.fromEntries([...tied].map(([name, of]) => [name, parameter(embedding, of, 'adaptiveSoftmax.tie')])),
    }),

    check(parameters: Parameters, shape: readonly number[], targets?: ArrayLike<number>): void {
      requireShapes(caller, parameters, shapes);
      if (targets !== undefined) sorted(targets, shape, -100);
    },

    apply(parameters: Parameters, { hidden, targets, ignoreIndex = -100 }: AdaptiveSoftmaxInputs): Tensor {
      const layers = prepare(parameters, hidden);
      const leading = hidden.shape.slice(0, -1);
      const count = hidden.size / width;
      const { parts, places } = sorted(targets, leading, ignoreIndex);
      return tidy(() => {
        const rows = reshape(hidden, [count, width]);
        if (parts.length === 0) return reshape(mul(sum(rows, 1), 0), leading); // on the tape, although nothing counts
        const losses = parts.map(({ cluster, rows: own, targets: wanted }) => {
          const { project, weight, bias } = layers[cluster] as ClusterLayer;
          const taken = own.length === count ? rows : gatherRows(rows, tensor1d(own, 'int32'));
          const inputs = { hidden: project(taken), weight: weight(), bias: bias(), targets: tensor1d(wanted, 'int32') };
          return linearCrossEntropy(inputs, { reduction: 'none' });
        });
        const column = reshape(concat([...losses, zeros([1])]), [-1, 1]);
        const picked = places.map((each) => gatherRows(column, tensor1d(each, 'int32')));
        return reshape(picked.reduce(add), leading);
      });
    },

    logProbabilities(parameters: Parameters, hidden: Tensor): Tensor {
      const layers = prepare(parameters, hidden);
      return tidy(() => {
        const rows = reshape(hidden, [-1, width]);
        const [first, ...others] = layers.map(({ project, weight, bias }) => {
          const logits = applyLinear(project(rows), weight(), bias());
          return sub(logits, expandDims(logSumExp(logits), 1));
        }) as [Tensor, ...Tensor[]];
        const frequent = head.end;
        const column = (at: number): Tensor => slice(first, [0, frequent + at], [-1, 1]);
        const parts = [slice(first, [0, 0], [-1, frequent]), ...others.map((tail, at) => add(tail, column(at)))];
        return reshape(concat(parts, 1), [...hidden.shape.slice(0, -1), clusters.vocabulary]);
      });
    },
  };
}

/** What turns hidden rows into the logits of one cluster; the head's holds an entry for each other cluster behind its tokens. */
interface ClusterLayer {
  project(rows: Tensor): Tensor;
  weight(): Tensor;
  bias(): Tensor;
}

function requireTies({ all }: Clusters, tieProjections: readonly boolean[]): void {
  if (tieProjections.length === 0 || tieProjections.length === all.length) return;
  throw new ConfigError({
    caller,
    problem: 'tieProjections does not speak of each cluster.',
    expected: `${all.length} of true or false, or none`,
    got: `[${tieProjections.join(', ')}]`,
    remedy: 'tie all projections but the first as [false, true, …], one for each cluster, the head included.',
  });
}
