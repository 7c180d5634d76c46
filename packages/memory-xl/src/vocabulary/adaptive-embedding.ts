import { applyLinear, defineLayer, dims, gatherRows, type Layer, type Spec } from '@longspan/core-tensor';
import { requireKnown } from '@longspan/core-tensor/error';
import { weightSpec } from '@longspan/core-tensor/layer';
import { add, cast, greaterEqual, less, logicalAnd, maximum, minimum, mul, reshape, scalar, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type ClusterSizes, clusterNames, clustersOf, projectionDraw, tableDraw, tablesOf } from './clusters.ts';

const caller = 'adaptiveEmbedding';

/**
 * An embedding whose rarer tokens have narrower rows, brought to the model's width by a projection for each cluster, and scaled by
 * the root of the width. Parameters as in Hugging Face: `emb_layers.i.weight` [tokens, features] and `emb_projs.i` [width, features];
 * with widthDivisor 1 one table, and one projection only where embeddingWidth is not the width.
 * An id outside the vocabulary gives a row of NaN.
 * @shape ids int32 [...] -> [..., width]
 * @throws ConfigError when the sizes do not fit each other; apply: ShapeError when ids are not int32 or a parameter has another size
 * @cost O(ids · width · embeddingWidth · widthDivisor / (widthDivisor − 1)): every cluster gathers a row for every id, for which are its own is only known
 *   on the device
 * @source Baevski & Auli 2019 (arXiv 1809.10853) §3; AdaptiveEmbedding of Hugging Face transformers 4.57
 * @example
 * const embed = adaptiveEmbedding({ vocabulary: 10, width: 4, cutoffs: [6], widthDivisor: 2 });
 * const parameters = embed.init(createKey(0));
 * Object.values(parameters).map(({ shape }) => shape); // => [[6, 4], [4, 4], [4, 2], [4, 2]]
 * embed.apply(parameters, tensor2d([[0, 5, 9]], [1, 3], 'int32')).shape; // => [1, 3, 4]
 */
export function adaptiveEmbedding(sizes: ClusterSizes): Layer {
  // Those of adaptiveSoftmax too, so that one config makes both.
  requireKnown(caller, sizes, [...Object.keys(clusterNames), 'tiedTables', 'tiedProjections', 'ignoreIndex']);
  const clusters = clustersOf(caller, sizes);
  const { vocabulary, width, projected } = clusters;
  const tables = tablesOf(clusters);
  const spec: Spec = Object.fromEntries(
    tables.flatMap((table, at) => [
      [`emb_layers.${at}.weight`, weightSpec([table.end - table.start, table.width], tableDraw)],
      ...(projected ? [[`emb_projs.${at}`, weightSpec([width, table.width], projectionDraw)] as const] : []),
    ]),
  );
  return defineLayer({
    name: caller,
    spec,
    check: (name, ids) => void dims(name, { ids: [ids, '...:int32'] }),
    run({ parameters }, ids: Tensor) {
      const embedded = tables.map(({ start, end }, at) => {
        const [rows, projection] = [parameters.get(`emb_layers.${at}.weight`), parameters.find(`emb_projs.${at}`)];
        const own = tables.length === 1 ? gatherRows(rows, ids) : ownRows(rows, ids, { start, end, vocabulary });
        return projection === undefined ? own : applyLinear(own, projection);
      });
      return mul(embedded.reduce(add), Math.sqrt(width));
    },
  });
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
