import { chunksOf, inChunks, itemsPerChunk, maskedScore } from '@longspan/core-tensor/kernel';
import { equal, fill, less, neg, reshape, slice, type Tensor, topk, where } from '@tensorflow/tfjs-core';

/** Added to the score of what must be selected, as `maskedScore` to that of what must not. */
export const requiredScore: number = -maskedScore;

export interface SelectionSizes {
  /** Batch rows times the heads that choose. */
  readonly rows: number;
  readonly queries: number;
  readonly candidates: number;
  /** How many each query takes. */
  readonly count: number;
  /** How many numbers are made on the way to the scores of one query in one row; as many as candidates by default. */
  readonly numbersPerQuery?: number | undefined;
}

/**
 * For each query the candidates of the highest scores, ascending, −1 where there are fewer. Scores are made for some queries at a time,
 * so that there is never a table of all queries by all candidates.
 * @param scores gives [b, heads, to − from, candidates] for queries from … to, with `maskedScore` and `requiredScore` added where that is
 *   so
 * @returns int32 [b, heads, queries, count]
 * @cost a selection among the candidates for each query; 16 MB at a time
 */
export function selectBest(
  { rows, queries, candidates, count, numbersPerQuery = candidates }: SelectionSizes,
  scores: (from: number, to: number) => Tensor,
): Tensor {
  const [selected] = inChunks(chunksOf(queries, itemsPerChunk(rows * numbersPerQuery)), 2, ({ start, end }) => {
    const best = topk(scores(start, end), Math.min(count, candidates));
    return [ascending(where(less(best.values, maskedScore / 2), fill(best.indices.shape, -1, 'int32'), best.indices), candidates)];
  });
  return selected;
}

/** Lists of numbers below `limit` in ascending order, −1 last. @shape int32 [..., count] */
function ascending(lists: Tensor, limit: number): Tensor {
  const last = fill(lists.shape, limit, 'int32');
  const sorted = neg(topk(neg(where(equal(lists, -1), last, lists)), lists.shape.at(-1) as number).values);
  return where(equal(sorted, limit), fill(lists.shape, -1, 'int32'), sorted);
}

/**
 * Queries from … to of [b, h, n, d], those of the heads that share a key head in one row of matrices: [b, hkv, h / hkv · (to − from), d].
 */
export function queriesByKeyHead(q: Tensor, keyHeads: number, from: number, to: number): Tensor {
  const [batch = 0, heads = 0, , headDim = 0] = q.shape;
  const part = slice(q, [0, 0, from, 0], [batch, heads, to - from, headDim]);
  return reshape(part, [batch, keyHeads, (heads / keyHeads) * (to - from), headDim]);
}
