import {
  add,
  addN,
  concat,
  logSoftmax,
  matMul,
  mul,
  neg,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor1d,
  transpose,
} from '@tensorflow/tfjs-core';
import { linear } from './layer/linear.ts';
import { type Weights, weightOf } from './layer/weights.ts';
import { oneHots } from './numbers/table.ts';

// The adaptive softmax (Grave et al. 2017, "Efficient softmax approximation for GPUs", arXiv:1609.04309) and adaptive input
// embeddings (Baevski and Auli 2019, arXiv:1809.10853), in the names of Hugging Face's Transformer-XL.

export interface AdaptiveSizes {
  readonly vocabulary: number;
  /** The first token of each cluster but the first; none by default. */
  readonly cutoffs?: readonly number[] | undefined;
  /** 1 by default: one table for all. Otherwise each cluster has a table of its own, with rows that much narrower than the one before. */
  readonly widthDivisor?: number | undefined;
}

interface Cluster {
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

const clustersOf = ({ vocabulary, cutoffs = [] }: AdaptiveSizes): Cluster[] => {
  const bounds = [0, ...cutoffs, vocabulary];
  return bounds.slice(1).map((end, at) => ({ at, start: bounds[at] as number, end }));
};

/** The rows of a cluster, of its own table or of the one for all. */
function rowsOf(weights: Weights, tables: string, kind: 'weight' | 'bias', { at, start, end }: Cluster, widthDivisor = 1): Tensor {
  if (widthDivisor !== 1) return weightOf(weights, `${tables}.${at}.${kind}`);
  const all = weightOf(weights, `${tables}.0.${kind}`);
  return slice(all, [start, ...all.shape.slice(1).map(() => 0)], [end - start, ...all.shape.slice(1)]);
}

/** log p of every token: log p(cluster) + log p(token | cluster), where the first cluster's tokens stand beside the other clusters. @shape hidden [.., width] -> [.., vocabulary] */
export function adaptiveLogProbabilities(weights: Weights, hidden: Tensor, sizes: AdaptiveSizes): Tensor {
  const rows = reshape(hidden, [-1, hidden.shape.at(-1) as number]);
  const [first, ...rare] = clustersOf(sizes) as [Cluster, ...Cluster[]];
  const logits = (cluster: Cluster, more: (kind: 'weight' | 'bias') => readonly Tensor[] = () => []): Tensor => {
    const projection = weights[`out_projs.${cluster.at}`];
    const features = projection === undefined ? rows : matMul(rows, projection);
    const joined = (kind: 'weight' | 'bias'): Tensor =>
      concat([rowsOf(weights, 'out_layers', kind, cluster, sizes.widthDivisor), ...more(kind)]);
    return logSoftmax(add(matMul(features, transpose(joined('weight'))), joined('bias')));
  };
  const head = logits(first, (kind) => (rare.length === 0 ? [] : [weightOf(weights, `cluster_${kind}`)]));
  const frequent = slice(head, [0, 0], [-1, first.end]);
  const others = rare.map((cluster, nth) => add(logits(cluster), slice(head, [0, first.end + nth], [-1, 1])));
  return reshape(concat([frequent, ...others], 1), [...hidden.shape.slice(0, -1), sizes.vocabulary]);
}

/** −log p of each target, 0 for a target that is no token. @shape logProbabilities [.., vocabulary] -> [..] */
export function adaptiveLosses(logProbabilities: Tensor, targets: ArrayLike<number>): Tensor {
  const vocabulary = logProbabilities.shape.at(-1) as number;
  const wanted = reshape(oneHots(tensor1d(Int32Array.from(targets), 'int32'), vocabulary), logProbabilities.shape);
  return neg(sum(mul(logProbabilities, wanted), -1));
}

/** The row of each token's table, through the projection of its cluster, times sqrt(width). @shape ids [n] -> [n, width] */
export function adaptiveEmbedding(weights: Weights, ids: ArrayLike<number>, sizes: AdaptiveSizes & { readonly width: number }): Tensor {
  const ofClusters = clustersOf(sizes).map((cluster) => {
    const table = rowsOf(weights, 'emb_layers', 'weight', cluster, sizes.widthDivisor);
    const own = oneHots(
      tensor1d(
        Int32Array.from(ids, (id) => id - cluster.start),
        'int32',
      ),
      cluster.end - cluster.start,
    );
    const rows = matMul(own, table);
    const projection = weights[`emb_projs.${sizes.widthDivisor === undefined || sizes.widthDivisor === 1 ? 0 : cluster.at}`];
    return projection === undefined ? rows : linear(rows, projection);
  });
  return mul(addN(ofClusters), Math.sqrt(sizes.width));
}
