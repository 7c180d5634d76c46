import {
  applyLinear,
  defineLayer,
  dims,
  gatherRows,
  type Layer,
  type LayerContext,
  linearCrossEntropy,
  logSumExp,
  type Own,
  type ParameterSpec,
  type Parameters,
  type Spec,
} from '@longspan/core-tensor';
import { ConfigError, isList, requireInteger, requireKind, requireKnown, ShapeError, stamped } from '@longspan/core-tensor/error';
import { biasSpec, requireContext, weightSpec } from '@longspan/core-tensor/layer';
import { add, concat, expandDims, mul, reshape, slice, sub, sum, type Tensor, tensor1d, transpose, zeros } from '@tensorflow/tfjs-core';
import { lossesOfAll } from './all-clusters-loss.ts';
import {
  type ClusterLayer,
  type ClusterSizes,
  type Clusters,
  clusterNames,
  clustersOf,
  projectionDraw,
  tableDraw,
  tablesOf,
} from './clusters.ts';
import { sortTargets } from './sort-targets.ts';

export interface AdaptiveSoftmaxConfig extends ClusterSizes {
  /** Whether the tables are those of the embedding; false by default. */
  readonly tiedTables?: boolean | undefined;
  /** For each cluster whether its projection is the embedding's; none by default. Hugging Face's `tie_projs`. */
  readonly tiedProjections?: readonly boolean[] | undefined;
  /** Rows with this target have the loss 0 and no gradient; −100 by default. */
  readonly ignoreIndex?: number | undefined;
}

export interface AdaptiveSoftmaxContext extends LayerContext {
  /** The parameters of the adaptiveEmbedding that the layer is tied to, where it is. */
  readonly embedding?: Parameters | undefined;
}

export interface AdaptiveTargets extends AdaptiveSoftmaxContext {
  /**
   * The token that each row has to predict, in the order of x's rows. Numbers of the host decide what is computed: a cluster's logits
   * for its own rows only. Of an int32 tensor [...] nobody knows that beforehand, so that every row's logits of every cluster are.
   */
  readonly targets: ArrayLike<number> | Tensor;
}

/** The layer of losses, [...] in nats; and all probabilities where they are wanted. */
export interface AdaptiveSoftmax extends Layer<AdaptiveTargets> {
  /** log p of every token, [..., vocabulary], by the same parameters: the one layer that makes rows as wide as the vocabulary. */
  readonly logProbabilities: Layer<AdaptiveSoftmaxContext>;
}

const caller = 'adaptiveSoftmax';

/**
 * A softmax over a large vocabulary in two steps: the head holds the most frequent tokens and one entry for each cluster of rarer
 * ones, whose logits are computed only for the rows that need them. apply gives each row's loss in nats.
 * Parameters as in Hugging Face: `cluster_weight`, `cluster_bias`, `out_layers.i.weight`, `out_layers.i.bias`, `out_projs.i`; with
 * widthDivisor 1 one table `out_layers.0`. What is tied is not among them: it comes with `context.embedding`. Where no target is of a cluster,
 * its parameters take no part and get no gradient (null from variableGrads, an error from grads), as in Hugging Face.
 * @shape x [..., width], context.targets as many numbers, or int32 [...]; returns [...]
 * @throws ConfigError when the sizes do not fit each other; apply: ShapeError for targets that do not fit. A token of a tensor that is
 *   outside the vocabulary has the loss NaN instead
 * @cost O(rows · width · (cutoffs[0] + clusters)) and, for each cluster, O(its rows · its tokens · its features), with a tensor of
 *   targets O(rows · vocabulary · features); 16 MB of logits at a time, recomputed in the backward pass
 * @source Grave et al. 2017 (arXiv 1609.04309); ProjectedAdaptiveLogSoftmax of Hugging Face transformers 4.57, whose clusters stand in
 *   ascending order (the authors' code has them in descending order: flip the rows of `cluster_weight`)
 * @example
 * const softmax = adaptiveSoftmax({ vocabulary: 6, width: 2, cutoffs: [2] });
 * const even = { cluster_weight: zeros([1, 2]), cluster_bias: zeros([1]), 'out_layers.0.weight': zeros([6, 2]), 'out_layers.0.bias': zeros([6]) };
 * await softmax.apply(even, ones([2, 2]), { targets: [0, 5] }).data(); // => [1.0986123, 2.4849066]
 */
export function adaptiveSoftmax(config: AdaptiveSoftmaxConfig): AdaptiveSoftmax {
  requireKnown(caller, config, { ...clusterNames, tiedTables: 'flag', tiedProjections: 'list', ignoreIndex: true });
  const clusters = clustersOf(caller, config);
  const { tiedTables = false, tiedProjections = [], ignoreIndex = -100 } = config;
  requireInteger(caller, { ignoreIndex });
  for (const tied of tiedProjections) requireKind(caller, 'each of tiedProjections', tied, 'flag');
  requireTies(clusters, tiedProjections);
  const { width, embeddingWidth, projected, shared, all } = clusters;
  const [head, ...tails] = all;
  const tables = tablesOf(clusters);

  const whole: Spec = {
    ...(tails.length === 0
      ? {}
      : { cluster_weight: weightSpec([tails.length, embeddingWidth], tableDraw), cluster_bias: biasSpec([tails.length]) }),
    ...Object.fromEntries(
      tables.flatMap((table, at) => [
        [`out_layers.${at}.weight`, weightSpec([table.end - table.start, table.width], tableDraw)],
        [`out_layers.${at}.bias`, biasSpec([table.end - table.start])],
      ]),
    ),
    ...Object.fromEntries(
      projected ? all.map((cluster, at) => [`out_projs.${at}`, weightSpec([width, cluster.width], projectionDraw)]) : [],
    ),
  };
  const tied: ReadonlyMap<string, string> = new Map([
    ...(tiedTables ? tables.map((_, at) => [`out_layers.${at}.weight`, `emb_layers.${at}.weight`] as const) : []),
    ...all.flatMap((_, at) =>
      projected && tiedProjections[at] === true ? [[`out_projs.${at}`, `emb_projs.${shared ? 0 : at}`] as const] : [],
    ),
  ]);

  const layersOf = ({ caller, parameters }: Own<Record<never, never>>, { embedding }: AdaptiveSoftmaxContext): readonly ClusterLayer[] => {
    if (tied.size > 0) checkEmbedding(caller, embedding);
    const get = (name: string): Tensor => {
      const other = tied.get(name);
      return other === undefined ? parameters.get(name) : (embedding?.[other] as Tensor);
    };
    const joined = (own: Tensor, name: string): Tensor => (tails.length === 0 ? own : concat([own, get(name)]));
    return all.map((cluster, at) => {
      const table = `out_layers.${shared ? 0 : at}`;
      const size = cluster.end - cluster.start;
      const cut = (x: Tensor): Tensor =>
        x.shape[0] === size ? x : slice(x, [cluster.start, 0].slice(0, x.rank), [size, cluster.width].slice(0, x.rank));
      return {
        project: (rows) => (projected ? applyLinear(rows, transpose(get(`out_projs.${at}`))) : rows),
        weight: () => (at === 0 ? joined(cut(get(`${table}.weight`)), 'cluster_weight') : cut(get(`${table}.weight`))),
        bias: () => (at === 0 ? joined(cut(get(`${table}.bias`)), 'cluster_bias') : cut(get(`${table}.bias`))),
      };
    });
  };

  const checkEmbedding = (name: string, embedding: Parameters | undefined): void => {
    const table = requireContext(name, 'embedding', embedding, 'the parameters of the adaptiveEmbedding');
    for (const [own, other] of tied) {
      dims(name, { [`embedding ${other}`]: [tensorOf(name, table, other), (whole[own] as ParameterSpec).shape.join(' ')] });
    }
  };

  const common = {
    spec: Object.fromEntries(Object.entries(whole).filter(([name]) => !tied.has(name))),
    check: (name: string, x: Tensor) => void dims(name, { x: [x, `... ${width}:float32`] }),
  };
  const reads = tied.size === 0 ? [] : ['embedding'];

  const losses = defineLayer<AdaptiveTargets>({
    name: caller,
    ...common,
    reads: [...reads, 'targets'],
    checkContext(name: string, context: AdaptiveTargets) {
      requireContext(name, 'targets', context.targets, 'token ids, a list or an int32 tensor');
      if (isList(context.targets)) sortTargets(name, context.targets, clusters, ignoreIndex);
    },
    check(name: string, x: Tensor, { targets }: AdaptiveTargets) {
      common.check(name, x);
      checkTargets(name, x.shape.slice(0, -1), targets);
    },
    run(own, x: Tensor, context: AdaptiveTargets) {
      const { targets } = context;
      const leading = x.shape.slice(0, -1);
      checkTargets(own.caller, leading, targets);
      const [layers, count] = [layersOf(own, context), x.size / width];
      const rows = reshape(x, [count, width]);
      if (!isList(targets)) return reshape(lossesOfAll(layers, rows, reshape(targets, [count]), clusters, ignoreIndex), leading);
      const { parts, places } = sortTargets(own.caller, targets, clusters, ignoreIndex);
      if (parts.length === 0) return reshape(mul(sum(rows, 1), 0), leading); // on the tape, although nothing counts
      const found = parts.map(({ cluster, rows: ofCluster, targets: wanted }) => {
        const { project, weight, bias } = layers[cluster] as ClusterLayer;
        const taken = ofCluster.length === count ? rows : gatherRows(rows, tensor1d(ofCluster, 'int32'));
        const inputs = { hidden: project(taken), weight: weight(), bias: bias(), targets: tensor1d(wanted, 'int32') };
        return linearCrossEntropy(inputs, { reduction: 'none' });
      });
      const column = reshape(concat([...found, zeros([1])]), [-1, 1]);
      const picked = places.map((each) => gatherRows(column, tensor1d(each, 'int32')));
      return reshape(picked.reduce(add), leading);
    },
  });

  const logProbabilities = defineLayer({
    name: `${caller}.logProbabilities`,
    ...common,
    reads,
    run(own, x: Tensor, context: AdaptiveSoftmaxContext) {
      const rows = reshape(x, [-1, width]);
      const [first, ...others] = layersOf(own, context).map(({ project, weight, bias }) => {
        const logits = applyLinear(project(rows), weight(), bias());
        return sub(logits, expandDims(logSumExp(logits), 1));
      }) as [Tensor, ...Tensor[]];
      const frequent = head.end;
      const column = (at: number): Tensor => slice(first, [0, frequent + at], [-1, 1]);
      const parts = [slice(first, [0, 0], [-1, frequent]), ...others.map((tail, at) => add(tail, column(at)))];
      return reshape(concat(parts, 1), [...x.shape.slice(0, -1), clusters.vocabulary]);
    },
  });
  return stamped({ ...losses, logProbabilities });
}

function tensorOf(caller: string, embedding: Parameters, name: string): Tensor {
  const tensor = embedding[name];
  if (tensor !== undefined) return tensor;
  throw new ConfigError({
    caller,
    problem: 'context.embedding must hold what the layer is tied to.',
    expected: name,
    got: Object.keys(embedding).slice(0, 8).join(', '),
    remedy: 'give the parameters of the adaptiveEmbedding of the same sizes: scoped(prefix, parameters).',
  });
}

/** Throws unless there is one target for each row. */
function checkTargets(caller: string, leading: readonly number[], targets: ArrayLike<number> | Tensor): void {
  if (!isList(targets)) {
    dims(caller, { targets: [targets, `${leading.join(' ')}:int32`] });
    return;
  }
  const count = leading.reduce((product, size) => product * size, 1);
  if (targets.length === count) return;
  throw new ShapeError({
    caller,
    problem: 'there must be one target for each row of x.',
    expected: `${count} numbers, one for each of [${leading.join(', ')}]`,
    got: `${targets.length}`,
    remedy: 'give the token that follows each position, and −100 where none does.',
  });
}

function requireTies({ all }: Clusters, tiedProjections: readonly boolean[]): void {
  if (tiedProjections.length === 0 || tiedProjections.length === all.length) return;
  throw new ConfigError({
    caller,
    problem: 'tiedProjections must have one entry for each cluster.',
    expected: `${all.length} of true or false, or none`,
    got: `[${tiedProjections.join(', ')}]`,
    remedy: 'tie all projections but the first as [false, true, …], one for each cluster, the head included.',
  });
}
