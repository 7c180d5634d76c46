import { applyLinear, dims, gatherRows, type Key, type Layer, normal, type Parameters } from '@longspan/core-tensor';
import {
  add,
  cast,
  greaterEqual,
  less,
  logicalAnd,
  maximum,
  minimum,
  mul,
  reshape,
  scalar,
  sub,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { requireShapes } from '../attention/requirements.ts';
import { type Cluster, type ClusterSizes, clustersOf } from './clusters.ts';

const caller = 'adaptiveEmbedding';
/** How Hugging Face draws tables and projections. */
const [tableDeviation, projectionDeviation] = [0.02, 0.01];

/**
 * An embedding whose rarer tokens have narrower rows, brought to the model's width by a projection for each cluster, and scaled by
 * the root of the width. Parameters as in Hugging Face: `emb_layers.i.weight` [tokens, features] and `emb_projs.i` [width, features];
 * with divVal 1 one table, and one projection only where embeddingWidth is not the width.
 * An id outside the vocabulary gives a row of NaN.
 * @shape ids int32 [...] -> [..., width]
 * @throws ConfigError when the sizes do not fit each other; apply: ShapeError when ids are not int32 or a parameter has another size
 * @cost O(ids · width · embeddingWidth · divVal / (divVal − 1)): every cluster looks every id up, for which are its own is only known
 *   on the device
 * @source Baevski & Auli 2019 (arXiv 1809.10853) §3; AdaptiveEmbedding of Hugging Face transformers 4.57
 * @example
 * const embed = adaptiveEmbedding({ vocabulary: 10, width: 4, cutoffs: [6], divVal: 2 });
 * const parameters = embed.init(createKey(0));
 * Object.values(parameters).map(({ shape }) => shape); // => [[6, 4], [4, 4], [4, 2], [4, 2]]
 * embed.apply(parameters, tensor2d([[0, 5, 9]], [1, 3], 'int32')).shape; // => [1, 3, 4]
 */
export function adaptiveEmbedding(sizes: ClusterSizes): Layer {
  const clusters = clustersOf(caller, sizes);
  const { vocabulary, width, embeddingWidth, shared, projected } = clusters;
  const tables: readonly Cluster[] = shared ? [{ start: 0, end: vocabulary, width: embeddingWidth }] : clusters.all;
  const shapes: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
    tables.flatMap((table, at) => [
      [`emb_layers.${at}.weight`, [table.end - table.start, table.width]],
      ...(projected ? [[`emb_projs.${at}`, [width, table.width]] as const] : []),
    ]),
  );
  return {
    init: (key: Key): Parameters =>
      Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => {
          const standardDeviation = name.startsWith('emb_projs') ? projectionDeviation : tableDeviation;
          return [name, normal(key.fold(name), shape, { standardDeviation })];
        }),
      ),
    apply(parameters: Parameters, ids: Tensor): Tensor {
      dims(caller, { ids: [ids, '...:int32'] });
      const found = requireShapes(caller, parameters, shapes);
      const parts = tables.map((table, at) => ({
        ...table,
        rows: found[`emb_layers.${at}.weight`] as Tensor,
        projection: found[`emb_projs.${at}`],
      }));
      return tidy(() => {
        const embedded = parts.map(({ start, end, rows, projection }) => {
          const own = parts.length === 1 ? gatherRows(rows, ids) : ownRows(rows, ids, { start, end, vocabulary });
          return projection === undefined ? own : applyLinear(own, projection);
        });
        return mul(embedded.reduce(add), Math.sqrt(width));
      });
    },
  };
}

/** The rows of the ids that belong to a cluster, zeros for all others. */
function ownRows(
  rows: Tensor,
  ids: Tensor,
  { start, end, vocabulary }: { readonly start: number; readonly end: number; readonly vocabulary: number },
): Tensor {
  const int = (value: number): Tensor => scalar(value, 'int32');
  const isOwn = logicalAnd(greaterEqual(ids, int(start)), less(ids, int(end)));
  // Ids beyond the vocabulary stay outside the first and the last table, so that they come out as NaN.
  const fromBelow = start === 0 ? ids : maximum(sub(ids, int(start)), int(0));
  const within = end === vocabulary ? fromBelow : minimum(fromBelow, int(end - start - 1));
  return mul(gatherRows(rows, within), reshape(cast(isOwn, 'float32'), [...ids.shape, 1]));
}
